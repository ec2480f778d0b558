/** The log: lines for the agent's owner. A line goes out even when the turn fails. */

import { attempt } from "./failure.js";
import { Part } from "./part.js";

/**
 * Writes lines, with fields by which they can be found. One that the host refuses is dropped: no agent should fail for want
 * of a log.
 */
export class Log extends Part {
  /** What only the agent's author wants to know. @param {unknown} message @param {Record<string, unknown>} [fields] */
  debug(message, fields) {
    this.#write("debug", message, fields);
  }

  /** What the owner may want to know. @param {unknown} message @param {Record<string, unknown>} [fields] */
  info(message, fields) {
    this.#write("info", message, fields);
  }

  /** What the owner should look at. @param {unknown} message @param {Record<string, unknown>} [fields] */
  warn(message, fields) {
    this.#write("warn", message, fields);
  }

  /** What went wrong. @param {unknown} message @param {Record<string, unknown>} [fields] */
  error(message, fields) {
    this.#write("error", message, fields);
  }

  /** @param {string} level @param {unknown} message @param {Record<string, unknown>} fields */
  #write(level, message, fields = {}) {
    const { host } = this;
    const pairs = Object.entries(fields).map(([name, value]) => [name, String(value)]);
    attempt(() => host.write(level, String(message), pairs));
  }
}
