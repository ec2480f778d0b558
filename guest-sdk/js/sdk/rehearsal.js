/**
 * The rehearsal: turns of pretend agents while the component is built. What the runtime makes at its first use, of the language
 * as of the bindings, is then there when a turn begins, which takes half the time. The author's agent has no part in it, and no
 * function of the host is called.
 */

import { Bindings } from "./bindings.js";
import { entry } from "./entry.js";
import { Reply } from "./reply.js";

/** A host that does nothing. */
const HOST = {
  log: { write() {} },
  state: { get: () => new TextEncoder().encode("{}"), set() {} },
};

/** Agents, and whether their turns end well. @type {[any, boolean][]} */
const AGENTS = [
  [{ handle: speak }, true],
  [{ handle: fail }, false],
];

/** @param {import("./context.js").Context} cx @param {import("./event.js").Event} event */
async function speak(cx, event) {
  cx.log.info(event.name, event.metadata);
  cx.state.conversation.set("key", cx.state.agent.get("key"));
  await useLanguage();
  return [event.text, new Reply("text", { markdown: true })];
}

function fail() {
  throw new Error("a rehearsal");
}

/** Uses what agents use of the language's library. */
async function useLanguage() {
  const words = "one two".split(/\s+/).filter((word) => word.length > 2).map((word) => word.trim().toLowerCase());
  const counts = new Map(words.map((word) => [word, 1]));
  const sorted = [...counts].map(([word, count]) => ({ word, count })).sort((a, b) => b.count - a.count);
  sorted.reduce((sum, { count }) => sum + count, 0).toFixed(2);
  new Set(words).has(words.find((word) => word.startsWith("t")) ?? "");
  JSON.parse(JSON.stringify({ words, at: new Date(0).toISOString() }));
  Object.fromEntries(Object.entries({ words }));
  words.some((word) => /n+/.test(word)) && words.slice(-1).includes("two");
  words.join(" ").replace(/one/g, "1").padStart(10, "-");
  await Promise.all(words.map(async (word) => parseInt(word, 10)));
}

/** @param {Record<string, any>} host the bindings of each interface that the agent is built with */
export async function rehearse(host) {
  const functions = Object.values(host).flatMap((part) => Object.values(part.handler ?? part));
  // An agent without capabilities has none, and then there is no way to them.
  if (functions.length === 0) return;
  const bindings = new Bindings(functions[0]);
  bindings.quicken();
  for (const [agent, well] of AGENTS) {
    const ended = await bindings.turn(entry(agent, HOST));
    if (ended !== well) throw new Error(`the rehearsal of \`${agent.handle.name}\` ended ${ended ? "well" : "badly"}`);
  }
}
