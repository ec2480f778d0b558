// The chat page: opens a session, sends messages, and shows what the event stream brings. Messages are sent one after
// the other, each under an id of its own, so that sending one again never says it twice.
"use strict";

(() => {
  const body = document.body;
  const api = `/api/widget/${body.dataset.channel}`;
  const stored = `cloister-chat:${body.dataset.channel}`;
  const UNSENT = "A message was not sent.";
  const NEVER = "00000000-0000-0000-0000-000000000000";
  const at = (id) => document.getElementById(id);
  const [room, log, state, typing, composer, text, send, earlier, newest, empty] =
    ["room", "log", "state", "typing", "composer", "text", "send", "earlier", "newest", "empty"].map(at);

  // ---- Who visits ----

  // A site that embeds the chat tells who its visitor is behind the #, which browsers do not send to servers.
  const identity = Object.fromEntries(
    [...new URLSearchParams(location.hash.slice(1))]
      .filter(([name, value]) => value && ["user_id", "user_hash", "name", "email"].includes(name)));
  const isFramed = window.parent !== window;
  if (identity.user_hash && !isFramed) history.replaceState(null, "", location.pathname);

  // Storage may be off, above all in a frame: then the conversation lasts as long as the page.
  const memory = {
    read() { try { return localStorage.getItem(stored); } catch { return null; } },
    write(token) { try { localStorage.setItem(stored, token); } catch { /* as said */ } },
    forget() { try { localStorage.removeItem(stored); } catch { /* as said */ } },
  };

  let session = null;
  let opening = null;

  class Refused extends Error {
    constructor(status, problem, wait) {
      super(problem);
      Object.assign(this, { status, wait });
    }
  }

  async function call(method, path, data, token) {
    const headers = {};
    if (data) headers["content-type"] = "application/json";
    if (token) headers.authorization = `Bearer ${token}`;
    const answer = await fetch(api + path, { method, headers, body: data && JSON.stringify(data) });
    const result = await answer.json().catch(() => ({}));
    if (answer.ok) return result;
    throw new Refused(answer.status, result.error || "something went wrong", answer.headers.get("retry-after"));
  }

  const isFresh = () => session && Date.parse(session.expires_at) - Date.now() > 60_000;

  function openSession() {
    if (isFresh()) return Promise.resolve(session);
    opening ??= introduce().finally(() => { opening = null; });
    return opening;
  }

  async function introduce() {
    const token = session?.renewal_token ?? memory.read();
    try {
      session = await call("POST", "/session", identity.user_id ? identity : { ...identity, ...(token && { token }) });
    } catch (error) {
      if (error.status !== 401 || !token) throw error;
      // The token is no longer good: someone new.
      memory.forget();
      session = await call("POST", "/session", identity);
    }
    memory.write(session.renewal_token);
    return session;
  }

  // With a session that is known to be good; once more if the host has forgotten it.
  async function withSession(act) {
    try {
      return await act(await openSession());
    } catch (error) {
      if (error.status !== 401) throw error;
      session = session && { ...session, expires_at: 0 };
      return act(await openSession());
    }
  }

  // ---- What is shown ----

  const shown = new Map();
  const pending = new Map();
  let last = NEVER;
  let oldest = null;

  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

  function when(time) {
    const date = new Date(time);
    const today = date.toDateString() === new Date().toDateString();
    const made = document.createElement("time");
    made.dateTime = date.toISOString();
    made.title = date.toLocaleString();
    made.textContent = today ? clock.format(date) : `${day.format(date)}, ${clock.format(date)}`;
    return made;
  }

  function bubble(from, content) {
    const item = document.createElement("li");
    item.className = `message ${from}`;
    const who = document.createElement("span");
    who.className = "unseen";
    who.textContent = { visitor: "You: ", agent: "Agent: ", person: "Team: " }[from];
    const box = document.createElement("div");
    box.className = "bubble";
    box.append(who);
    for (const part of content) box.append(part);
    item.append(box);
    return item;
  }

  function rendered(message) {
    const { markdown, plain } = window.cloisterMarkdown;
    const content = message.text ? (message.markdown ? markdown(message.text) : plain(message.text)) : [];
    return [...content, ...message.files.map(file)];
  }

  function file({ name, url }) {
    const made = document.createElement("a");
    made.className = "file";
    made.textContent = name;
    made.rel = "noopener noreferrer nofollow";
    const isOurs = url.startsWith(`${api}/`);
    if (isOurs) {
      // The token is looked up when it is needed: the one of now will have run out.
      made.href = "#";
      made.addEventListener("click", async (event) => {
        event.preventDefault();
        const { token } = await openSession();
        location.assign(`${url}?token=${encodeURIComponent(token)}`);
      });
    } else if (/^https?:/.test(url)) {
      made.href = url;
      made.target = "_blank";
    }
    return made;
  }

  function buttons(choices, item) {
    const row = document.createElement("div");
    row.className = "choices";
    for (const { label, value } of choices) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.addEventListener("click", () => { row.remove(); say(label, value); });
      row.append(button);
    }
    item.append(row);
  }

  function show(message, isOld) {
    if (shown.has(message.id)) return null;
    const mine = pending.get(message.message_id);
    if (mine) {
      sent(mine, message);
      return null;
    }
    if (message.from !== "visitor") stopTyping();
    const content = rendered(message);
    if (!content.length && !message.choices.length) return null;
    const item = bubble(message.from, content);
    item.append(when(message.created_at));
    if (message.choices.length && !isOld) buttons(message.choices, item);
    shown.set(message.id, item);
    empty.hidden = true;
    return item;
  }

  function arrive(message) {
    last = message.id;
    const stays = isAtEnd();
    const item = show(message, false);
    if (!item) return;
    log.append(item);
    if (stays) toEnd();
    else newest.hidden = false;
    if (message.from !== "visitor" && isFramed) window.parent.postMessage({ cloister: "message" }, "*");
  }

  const isAtEnd = () => room.scrollHeight - room.scrollTop - room.clientHeight < 80;
  function toEnd() {
    room.scrollTop = room.scrollHeight;
    newest.hidden = true;
  }
  room.addEventListener("scroll", () => { if (isAtEnd()) newest.hidden = true; }, { passive: true });
  newest.addEventListener("click", () => { toEnd(); text.focus(); });

  let quiet = 0;
  function startTyping(words) {
    clearTimeout(quiet);
    quiet = setTimeout(stopTyping, 15_000);
    const stays = isAtEnd();
    typing.hidden = false;
    let draft = typing.querySelector(".draft");
    if (words && !draft) {
      draft = document.createElement("span");
      draft.className = "draft";
      typing.prepend(draft);
    }
    if (words) draft.textContent = words;
    if (stays) toEnd();
  }
  function stopTyping() {
    clearTimeout(quiet);
    typing.hidden = true;
    typing.querySelector(".draft")?.remove();
  }

  async function more(before) {
    const path = before ? `/messages?before=${before}` : "/messages";
    const page = await withSession(({ token }) => call("GET", path, null, token));
    const height = room.scrollHeight;
    log.prepend(...page.messages.map((message) => show(message, true)).filter(Boolean));
    oldest = page.messages[0]?.id ?? oldest;
    if (!before && page.messages.length) last = page.messages.at(-1).id;
    earlier.hidden = !page.has_more;
    room.scrollTop += room.scrollHeight - height;
  }
  earlier.addEventListener("click", async () => {
    earlier.disabled = true;
    await more(oldest).catch(() => tell("Earlier messages could not be loaded."));
    earlier.disabled = false;
  });

  // ---- What is said ----

  let queue = Promise.resolve();

  function say(words, choice) {
    const mine = { id: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`, words, choice };
    mine.item = bubble("visitor", window.cloisterMarkdown.plain(words));
    mine.note = document.createElement("p");
    mine.note.className = "note";
    mine.item.append(mine.note);
    pending.set(mine.id, mine);
    empty.hidden = true;
    log.append(mine.item);
    toEnd();
    transmit(mine);
  }

  function transmit(mine) {
    mine.failed = false;
    mine.item.classList.remove("failed");
    mine.item.classList.add("sending");
    mine.note.textContent = "Sending…";
    queue = queue.then(() => deliver(mine));
  }

  async function deliver(mine) {
    if (!pending.has(mine.id)) return;
    const data = { message_id: mine.id, text: mine.words, ...(mine.choice !== undefined && { choice: mine.choice }) };
    try {
      const taken = await withSession(({ token }) => call("POST", "/messages", data, token));
      sent(mine, { id: taken.id, created_at: Date.now() });
      listen();
    } catch (error) {
      fail(mine, error);
    }
  }

  function sent(mine, message) {
    if (!pending.delete(mine.id)) return;
    shown.set(message.id, mine.item);
    mine.item.classList.remove("sending", "failed");
    mine.note.replaceWith(when(message.created_at));
    if (state.textContent === UNSENT && ![...pending.values()].some((other) => other.failed)) tell("");
  }

  function fail(mine, error) {
    mine.failed = true;
    mine.item.classList.replace("sending", "failed");
    const why = error.status === 429 ? `Too fast: wait ${error.wait ?? 1} s.` : error.status ? error.message : "No connection.";
    const retry = document.createElement("button");
    retry.type = "button";
    retry.textContent = "Send again";
    retry.addEventListener("click", () => { transmit(mine); text.focus(); });
    mine.note.replaceChildren(`Not sent. ${why} `, retry);
    tell(UNSENT);
  }

  function resend() {
    for (const mine of pending.values()) if (mine.failed) transmit(mine);
  }

  // ---- What is heard ----

  let stream = null;
  let tries = 0;
  let again = 0;

  function tell(words) {
    state.textContent = words;
  }

  function listen() {
    if (stream && stream.readyState !== EventSource.CLOSED) return;
    clearTimeout(again);
    openSession().then(({ token }) => {
      if (stream && stream.readyState !== EventSource.CLOSED) return;
      stream = new EventSource(`${api}/events?token=${encodeURIComponent(token)}&after=${last}`);
      stream.onopen = () => { tries = 0; tell(""); };
      stream.onmessage = (event) => arrive(JSON.parse(event.data));
      stream.addEventListener("typing", () => startTyping());
      stream.addEventListener("partial", (event) => startTyping(JSON.parse(event.data).text));
      stream.onerror = () => {
        tell("Reconnecting…");
        if (stream.readyState === EventSource.CLOSED) later();
      };
    }).catch((error) => {
      tell(error.status ? error.message : "Reconnecting…");
      if (!error.status || error.status >= 429) later();
    });
  }

  function later() {
    // A token that was refused has run out, or the host has changed its key.
    if (tries > 0 && session) session = { ...session, expires_at: 0 };
    again = setTimeout(listen, Math.min(30_000, 1000 * 2 ** tries++) * (0.75 + Math.random() / 2));
  }

  addEventListener("online", () => {
    tries = 0;
    if (session) listen();
    resend();
  });
  addEventListener("offline", () => tell("You are offline."));
  document.addEventListener("visibilitychange", () => { if (!document.hidden && session) listen(); });

  // ---- The composer ----

  function grow() {
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight, 160)}px`;
    send.disabled = !text.value.trim();
  }
  text.addEventListener("input", grow);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      composer.requestSubmit();
    }
  });
  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    const words = text.value.trim();
    if (!words) return;
    text.value = "";
    grow();
    say(words);
    text.focus();
  });

  if (isFramed) {
    at("close").hidden = false;
    const close = () => window.parent.postMessage({ cloister: "close" }, "*");
    at("close").addEventListener("click", close);
    addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
    addEventListener("message", (event) => {
      if (event.source === window.parent && event.data?.cloister === "opened") text.focus();
    });
  }

  function refuse(why) {
    text.disabled = send.disabled = true;
    empty.textContent = why;
    empty.hidden = false;
  }

  // Someone who has not said anything yet gets no session: opening the page leaves no trace.
  async function begin() {
    grow();
    const isKnown = identity.user_id || memory.read();
    if (!isKnown && "identifiedOnly" in body.dataset) return refuse("Please sign in on the site to use this chat.");
    if (!isKnown) return undefined;
    tell("Connecting…");
    try {
      await openSession();
      await more();
      toEnd();
    } catch (error) {
      if (error.status === 403) return refuse(`Sorry, ${error.message}.`);
    }
    return listen();
  }

  begin();
  if (!isFramed && matchMedia("(pointer: fine)").matches) text.focus();
})();
