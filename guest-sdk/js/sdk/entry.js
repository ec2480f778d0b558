/** The edge of the component: hands an event to the author's agent, and its answer back to the host. */

import { Context } from "./context.js";
import { Event } from "./event.js";
import { Failure, HostError, NotBuiltIn, Refused } from "./failure.js";
import { replies } from "./reply.js";

/**
 * Has the agent handle one event. A failure of any kind is thrown as the contract has it, in `payload`.
 * @param {{ handle(cx: Context, event: Event): any }} agent
 * @param {Record<string, any>} host the bindings of each interface that the agent was built with
 * @param {any} event
 */
export async function handle(agent, host, event) {
  const cx = new Context(host);
  try {
    return replies(await agent.handle(cx, new Event(event)));
  } catch (thrown) {
    throw Object.assign(new Error(), { payload: failure(cx, thrown).toWit() });
  }
}

/** @param {Context} cx @param {unknown} thrown */
function failure(cx, thrown) {
  if (thrown instanceof Failure) return thrown;
  if (thrown instanceof Refused) return thrown.asFailure();
  tell(cx, thrown);
  return Failure.internal(String(thrown));
}

/** Tells the owner where in the agent's code it happened. @param {Context} cx @param {unknown} thrown */
function tell(cx, thrown) {
  const trace = thrown instanceof Error ? `${thrown}\n${thrown.stack}` : String(thrown);
  try {
    cx.log.error(trace);
  } catch (error) {
    if (!(error instanceof HostError) && !(error instanceof NotBuiltIn)) throw error;
    // Standard error is the log's as well, at a level that fewer look at.
    console.error(trace);
  }
}
