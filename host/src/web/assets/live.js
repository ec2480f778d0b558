// An agent's live page: shows what the event stream brings in a terminal, and sends what is written. Whatever the stream brings
// has been made harmless for a terminal by the host; the colours are from here alone.

const { agent, terminal: terminalPath, fit: fitPath } = document.body.dataset;
const [{ Terminal }, { FitAddon }] = await Promise.all([import(terminalPath), import(fitPath)]);

const at = (id) => document.getElementById(id);
const [room, status, state, newest, form, text, send, wrong] =
  ["room", "status", "state", "newest", "prompt", "text", "send", "wrong"].map(at);
const api = `/api/agents/${agent}/live`;

// ---- The terminal ----

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const theme = () => ({
  background: color("--ground"),
  foreground: color("--ink"),
  cursor: color("--ground"),
  cursorAccent: color("--ground"),
  selectionBackground: color("--chosen"),
  red: color("--wrong"),
  green: color("--green"),
  yellow: color("--yellow"),
  blue: color("--blue"),
  magenta: color("--magenta"),
  brightBlack: color("--soft"),
  scrollbarSliderBackground: color("--line"),
  scrollbarSliderHoverBackground: color("--soft"),
  scrollbarSliderActiveBackground: color("--soft"),
});

const place = document.createElement("div");
place.className = "terminal-place";
room.append(place);
const term = new Terminal({
  convertEol: true,
  disableStdin: true,
  cursorInactiveStyle: "none",
  drawBoldTextInBrightColors: false,
  fontFamily: 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  fontSize: matchMedia("(max-width: 40rem)").matches ? 12 : 14,
  lineHeight: 1.25,
  screenReaderMode: true,
  scrollback: 5000,
  theme: theme(),
});
const fit = new FitAddon();
term.loadAddon(fit);
term.open(place);
// Keys are the page's: Tab moves on, and what is written goes into the line below.
term.attachCustomKeyEventHandler((event) => {
  const move = { PageUp: -1, PageDown: 1 }[event.key];
  if (event.type === "keydown" && move) {
    term.scrollPages(move);
    event.preventDefault();
  }
  return false;
});
if (term.textarea) {
  term.textarea.readOnly = true;
  term.textarea.setAttribute("aria-label", "The terminal: Page Up and Page Down scroll");
}
const refit = () => { if (place.clientHeight > 0) fit.fit(); };
new ResizeObserver(refit).observe(place);
refit();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { term.options.theme = theme(); });

const isAtEnd = () => term.buffer.active.viewportY >= term.buffer.active.baseY;
term.onScroll(() => { if (isAtEnd()) newest.hidden = true; });
newest.addEventListener("click", () => {
  term.scrollToBottom();
  newest.hidden = true;
  text.focus();
});

const paint = (codes, words) => `\u001b[${codes}m${words}\u001b[0m`;
const DIM = "90";
const LEVELS = { error: "31", warn: "33" };
const WHO = { you: "1;34", agent: "1;32", person: "1;35", other: "1" };

// What has been written, to be written anew where the lines become longer or shorter.
const entries = [];
const KEPT = 2000;

const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const width = (words) => [...words].reduce((sum, letter) => sum + (wide.test(letter) ? 2 : 1), 0);

// Broken between words, with every line but the first set in: none of them can pass for the beginning of an entry.
function broken(words, begun) {
  const inset = "  ";
  const lines = [];
  let room = term.cols - begun;
  for (const given of words.replaceAll("\t", "  ").split("\n")) {
    let now = "";
    const next = () => { lines.push(now.trimEnd()); now = ""; room = term.cols - inset.length; };
    for (const word of given.split(/(?<= )/)) {
      if (width(now + word.trimEnd()) <= room) { now += word; continue; }
      if (now) next();
      for (const letter of word) {
        if (width(now + letter.trimEnd()) > room) next();
        now += letter;
      }
    }
    next();
  }
  return lines.join(`\n${inset}`);
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
let today = "";

function when(time) {
  const date = new Date(time);
  const name = day.format(date);
  const begins = name === today ? "" : `${paint(DIM, `— ${name} —`)}\n`;
  today = name;
  return { begins, time: clock.format(date) };
}

function write(entry) {
  entries.push(entry);
  if (entries.length > KEPT) entries.shift();
  const stays = isAtEnd();
  term.write(entry(), () => { if (!stays && !isAtEnd()) newest.hidden = false; });
}

let columns = term.cols;
term.onResize(({ cols }) => {
  if (cols === columns) return;
  columns = cols;
  term.reset();
  for (const entry of entries) term.write(entry());
  term.scrollToBottom();
});

// ---- What is shown ----

// Of what comes again after a lost connection, each once.
const shown = new Set();
function isNew(id) {
  if (shown.has(id)) return false;
  shown.add(id);
  if (shown.size > 5000) shown.delete(shown.values().next().value);
  return true;
}

const name = document.querySelector(".bar-title").textContent;

function said({ id, at: time, from, name: theirs, text: words, files, choices }) {
  if (!isNew(id)) return;
  if (from !== "you") tell("");
  const who = { you: "you", agent: name, person: "team", other: theirs ?? "someone" }[from];
  const { begins, time: clocked } = when(time);
  const parts = [words, ...files.map((file) => `[file: ${file}]`)].filter(Boolean);
  if (choices.length) parts.push(choices.map((choice) => `[${choice}]`).join(" "));
  const begun = width(`${clocked} ${who} `);
  write(() => `${begins}${paint(DIM, clocked)} ${paint(WHO[from], who)} ${broken(parts.join("\n"), begun)}\n`);
}

function line({ id, at: time, level, text: words }) {
  if (!isNew(id)) return;
  const { begins, time: clocked } = when(time);
  const told = `${level.padEnd(5)} ${words}`;
  write(() => `${begins}${paint(DIM, clocked)} ${paint(LEVELS[level] ?? DIM, broken(told, width(`${clocked} `)))}\n`);
}

function stand({ status: word, reason, mayPrompt }) {
  status.textContent = word;
  status.dataset.status = word;
  status.title = reason ?? "";
  text.disabled = !mayPrompt;
  grow();
}

let quiet = 0;
function typing() {
  tell(`${name} is at work…`);
  clearTimeout(quiet);
  quiet = setTimeout(() => tell(""), 15_000);
}

// The end of an answer that grows; all of it is written once it is said, and only then read out.
function partial({ text: words }) {
  typing();
  state.ariaLive = "off";
  state.textContent = `${name}: …${[...words.replaceAll(/\s+/g, " ")].slice(-80).join("")}`;
}

function tell(words) {
  clearTimeout(quiet);
  state.ariaLive = "polite";
  state.textContent = words;
}

// ---- What is heard ----

const { conversation } = document.body.dataset;
// The conversation that the stream is of; none before anything was said from here.
let heard = null;
let last = "";
let stream = null;
let tries = 0;
let again = 0;
let isOver = false;

const query = (more) => {
  const fields = new URLSearchParams({ ...(conversation && { conversation }), ...more });
  return fields.size ? `?${fields}` : "";
};

function listen() {
  if (isOver || (stream && stream.readyState !== EventSource.CLOSED)) return;
  clearTimeout(again);
  stream = new EventSource(`${api}/events${query(last && { after: last })}`);
  const hear = (kind, act) => stream.addEventListener(kind, (event) => {
    if (event.lastEventId) last = event.lastEventId;
    act(JSON.parse(event.data));
  });
  stream.onopen = () => { tries = 0; tell(""); };
  let isFirst = true;
  hear("console", (console) => {
    stand(console);
    // It begins, or goes on in another conversation: the stream has to be of that one.
    if (!isFirst && console.conversationId !== heard) return follow();
    isFirst = false;
    heard = console.conversationId;
    return undefined;
  });
  hear("said", said);
  hear("line", line);
  hear("typing", typing);
  hear("partial", partial);
  hear("over", ({ code, error }) => {
    stream.close();
    if (code === "unavailable" || code === "conflict") later();
    else end(`Sorry, ${error}.`);
  });
  stream.onerror = () => {
    tell("Reconnecting…");
    if (stream.readyState === EventSource.CLOSED) later();
  };
}

function follow() {
  stream?.close();
  listen();
}

function later() {
  const wait = Math.min(30_000, 500 * 2 ** tries++) * (0.75 + Math.random() / 2);
  again = setTimeout(async () => {
    // A refused stream does not say why; the page itself does.
    const answer = await fetch(location.href, { method: "HEAD" }).catch(() => null);
    if (answer && [401, 403, 404].includes(answer.status)) {
      end(answer.status === 401 ? "Your session has ended: sign in again." : "This page is not yours to see any more.");
    } else listen();
  }, wait);
}

function end(words) {
  isOver = true;
  tell("");
  text.disabled = true;
  grow();
  complain(words);
}

addEventListener("online", () => { tries = 0; listen(); });
addEventListener("offline", () => tell("You are offline."));
document.addEventListener("visibilitychange", () => { if (!document.hidden) listen(); });

// ---- The line ----

function grow() {
  text.style.height = "auto";
  if (text.value) text.style.height = `${Math.min(text.scrollHeight + 2, 160)}px`;
  send.disabled = text.disabled || !text.value.trim();
}

function complain(words) {
  wrong.textContent = words;
  wrong.hidden = !words;
}

// Browsers make UUIDs on pages over TLS alone.
const fresh = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// Kept while a message is not known to have arrived: sending it again never says it twice.
let pending = null;

async function say(words) {
  if (pending?.text !== words) pending = { messageId: fresh(), text: words };
  const answer = await fetch(`${api}/prompts${query()}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(pending),
  });
  const result = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(result.error ?? "something went wrong");
  pending = null;
  if (result.conversationId !== heard) follow();
}

text.addEventListener("input", () => { complain(""); grow(); });
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const words = text.value.trim();
  if (!words || text.disabled) return;
  text.value = "";
  complain("");
  grow();
  term.scrollToBottom();
  try {
    await say(words);
  } catch (error) {
    // What was written is not lost, unless something else is being written by now.
    if (!text.value) text.value = words;
    grow();
    complain(`Not sent: ${error.message === "Failed to fetch" ? "no connection" : error.message}.`);
  }
  text.focus();
});

grow();
listen();
if (matchMedia("(pointer: fine)").matches && !text.disabled) text.focus();
