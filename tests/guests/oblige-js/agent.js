/**
 * An agent that does what a test asks it for, in the first word of a message: each capability of the SDK once, and what a guest in
 * JavaScript can do wrong.
 */

import { Answer, Attachment, Choice, Failure, HostError, HttpError, ModelError, NotBuiltIn, Reply } from "#cloister";

export async function handle(cx, event) {
  if (event.timer) return `${event.timer.name}: ${new TextDecoder().decode(event.timer.payload)}`;
  if (event.action) return `You chose ${event.action.value}.`;
  const [, word, rest] = /^(\S*) ?(.*)$/s.exec(event.text);
  const act = Object.hasOwn(ACTS, word) ? ACTS[word] : () => event.text;
  try {
    return await act(cx, rest, event);
  } catch (error) {
    if (![HostError, ModelError, HttpError, NotBuiltIn].some((kind) => error instanceof kind)) throw error;
    return `${error.name} ${error.code ?? error.problem ?? ""}: ${error.message}`;
  }
}

const ACTS = {
  /** Counts by key, in each scope. */
  remember(cx, rest) {
    const scopes = [cx.state.agent, cx.state.conversation];
    for (const scope of scopes) scope.set(rest, scope.get(rest, 0) + 1);
    return `${scopes.map((scope) => scope.get(rest)).join(" ")} ${cx.state.agent.keys()}`;
  },
  forget: (cx, rest) => String(cx.state.conversation.delete(rest)),
  recall(cx, rest) {
    const said = cx.history.recent(Number(rest));
    return said.map(({ speaker, text }) => `${speaker}: ${text}`).join(" | ");
  },
  later(cx, rest) {
    cx.schedule.after("soon", 10, rest);
    return cx.schedule.entries().map(({ name }) => name).join();
  },
  /** Every working day at half past eight. */
  daily(cx, rest) {
    cx.schedule.repeat("news", "30 8 * * MON-FRI", "UTC", rest);
    const [{ name, cron, dueAt }] = cx.schedule.recurrences();
    return `${name} ${cron} ${(dueAt % 86_400_000n) / 60_000n}`;
  },
  stop: (cx, rest) => String(cx.schedule.cancel(rest)),
  speak(cx, rest, event) {
    cx.outbox.send(event.conversation.id, `first: ${rest}`);
    return "said";
  },
  keep(cx, rest) {
    cx.workspace.write("notes/one.txt", rest);
    cx.workspace.append("notes/one.txt", "!");
    const paths = cx.workspace.entries("notes/").map(({ path }) => path);
    return `${paths} ${cx.workspace.text("notes/one.txt")} ${cx.workspace.exists("no")}`;
  },
  ask(cx, rest) {
    const answer = cx.model.complete(rest, { system: "Be brief." });
    return `${answer.text} (${answer.wit.finish})`;
  },
  stream(cx, rest) {
    let pieces = [];
    for (const piece of cx.model.stream(rest)) {
      if (piece instanceof Answer) return `${pieces.length} pieces: ${piece.text}`;
      pieces.push(piece);
      cx.progress.partial(pieces.join(""));
    }
    return "it broke off";
  },
  tool(cx, rest) {
    const inputSchema = '{"type": "object", "properties": {"place": {"type": "string"}}}';
    const tools = [{ name: "where", description: "Where one is", inputSchema }];
    const said = [cx.model.user(rest)];
    const first = cx.model.complete(said, { tools });
    const [call] = first.toolCalls;
    said.push(first.message, cx.model.results([[call, "Bern"]]));
    return `${call.name}(${call.arguments}): ${cx.model.complete(said, { tools }).text}`;
  },
  fetch(cx, rest) {
    const [, method, url, body] = /^(\S+) (\S+) ?(.*)$/s.exec(rest);
    const bearer = cx.secrets.placeholder("key");
    const answer = cx.http.request(method, url, { bearer, body, headers: { "X-Asked": "yes" } });
    return `${answer.status} ${answer.header("content-type")} ${answer.text.slice(0, 200)}`;
  },
  /** With what JavaScript has for it, two at once. */
  async web(_, rest) {
    const answers = await Promise.all([fetch(rest), fetch(rest, { method: "POST", body: "two" })]);
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    return `${answers.map(({ status }) => status)} ${texts.map((text) => text.slice(0, 100)).join(" | ")}`;
  },
  offer: (_, rest) => [
    new Reply("Which one?", { choices: rest.split(" ").map((word) => new Choice(word, word)) }),
    new Reply("*Or* this:", {
      markdown: true,
      attachments: [Attachment.inline("a.txt", "text/plain", new TextEncoder().encode("a"))],
    }),
  ],
  look() {
    const random = Math.random();
    return `random: ${random >= 0 && random < 1}, clock: ${Date.now() > 1_700_000_000_000}, process: ${typeof process}`;
  },
  shout(_, rest) {
    console.log(rest);
    console.error(rest);
    return "printed";
  },
  /** Takes memory until there is none. */
  grow() {
    const kept = [];
    for (;;) kept.push(new Uint8Array(1 << 20).fill(1));
  },
  /** So many MiB, and lets go of them. */
  hold: (_, rest) => String(new Uint8Array(Number(rest) << 20).length),
  spin() {
    for (;;);
  },
  recurse: (cx, rest) => ACTS.recurse(cx, rest) + 1,
  divide(_, rest) {
    return String(1n / BigInt(rest));
  },
  decline(_, rest) {
    throw Failure.unavailable(rest);
  },
  half_done(cx, _, event) {
    cx.state.conversation.set("half", true);
    cx.outbox.send(event.conversation.id, "half");
    throw Failure.internal("only half of it is done");
  },
};
