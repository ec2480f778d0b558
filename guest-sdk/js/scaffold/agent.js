/** An agent for Cloister: it is handed one event at a time and answers with replies. */

/** @import { Context, Event } from "#cloister" */

/**
 * @param {Context} cx
 * @param {Event} event
 */
export function handle(cx, event) {
  if (!event.message) return;
  cx.log.info("someone is here");
  return `Hello! You said: ${event.text}`;
}
