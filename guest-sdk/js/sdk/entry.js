/** The edge of the component: hands an event to the author's agent, and its answer back to the host. */

import { Context } from "./context.js";
import { Event } from "./event.js";
import { Failure, HostError, NotBuiltIn, Refused } from "./failure.js";
import { replies } from "./reply.js";

/**
 * What the component exports: has the agent handle one event. A failure of any kind is thrown as the contract has it, in
 * `payload`. The context is made now, with the component, and not in each turn.
 * @param {{ handle(cx: Context, event: Event): any }} agent
 * @param {Record<string, any>} host the bindings of each interface that the agent was built with
 */
export function entry(agent, host) {
  const cx = new Context(host);
  return { handle: (/** @type {any} */ event) => handle(agent, cx, event) };
}

/** @param {{ handle(cx: Context, event: Event): any }} agent @param {Context} cx @param {any} event */
function handle(agent, cx, event) {
  try {
    const returned = agent.handle(cx, new Event(event));
    // A promise takes long, which is why there is one only where the agent has made one.
    return typeof returned?.then === "function" ? settled(cx, returned) : replies(returned);
  } catch (thrown) {
    throw failed(cx, thrown);
  }
}

/** @param {Context} cx @param {Promise<any>} returned */
async function settled(cx, returned) {
  try {
    return replies(await returned);
  } catch (thrown) {
    throw failed(cx, thrown);
  }
}

/** No error, which would take note of the stack. @param {Context} cx @param {unknown} thrown */
function failed(cx, thrown) {
  return { payload: failure(cx, thrown).toWit() };
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
