/**
 * Cloister's SDK: an agent is handed one event at a time and answers with replies.
 *
 * An agent is a module `agent.js`, or `agent.ts`, with one function, which may be asynchronous:
 *
 *     export function handle(cx, event) {
 *       return `Hello! You said: ${event.text}`;
 *     }
 *
 * It returns nothing, a text, a `Reply`, or an array of those. What it throws undoes the turn: its owner sees why, and the
 * contact gets an apology.
 *
 * All types that the host knows are generated from its contract (`.cloister/sdk/wit`) by `./build --types`.
 */

export { Context } from "./context.js";
export { Event } from "./event.js";
export { Failure, HostError, NotBuiltIn } from "./failure.js";
export { HttpError, Request, Response } from "./http.js";
export { Answer, ModelError } from "./model.js";
export { Attachment, Choice, Reply } from "./reply.js";
