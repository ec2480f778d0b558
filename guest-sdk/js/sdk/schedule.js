/**
 * The schedule: timers of this conversation. One that comes due starts a turn with a `timer` event; one that repeats starts one
 * for each of its slots.
 */

import { ask } from "./failure.js";
import { Part } from "./part.js";

/** Sets and cancels timers. A name is 1 to 128 bytes, a payload at most 64 KiB, the time at most 366 days ahead. */
export class Schedule extends Part {
  /**
   * Sets the timer `name` to come due after so many milliseconds, counted from the end of this turn.
   * @param {string} name
   * @param {number} milliseconds
   * @param {Uint8Array | string} payload
   */
  after(name, milliseconds, payload = "") {
    const due = { tag: "after", val: BigInt(Math.round(milliseconds)) };
    ask(() => this.host.set(name, due, bytes(payload)));
  }

  /**
   * Sets the timer `name` to come due at a time.
   * @param {string} name
   * @param {Date} time
   * @param {Uint8Array | string} payload
   */
  at(name, time, payload = "") {
    const due = { tag: "at", val: BigInt(time.getTime()) };
    ask(() => this.host.set(name, due, bytes(payload)));
  }

  /**
   * Sets the timer `name` to come due at each minute that `cron` names by the clock of `timeZone`, until it is cancelled.
   * Returns the first slot.
   *
   * `cron` has five fields: minute, hour, day of the month, month, day of the week, such as `30 8 * * MON-FRI`; `timeZone` is
   * a name of the IANA database. What is set with the same two already goes on where it is.
   * @param {string} name
   * @param {string} cron
   * @param {string} timeZone
   * @param {Uint8Array | string} payload
   */
  repeat(name, cron, timeZone, payload = "") {
    return new Date(Number(ask(() => this.host.repeat(name, cron, timeZone, bytes(payload)))));
  }

  /** Cancels a timer. Returns whether there was such a timer. @param {string} name @returns {boolean} */
  cancel(name) {
    return ask(() => this.host.cancel(name));
  }

  /** The timers that are set. @returns {{ name: string, dueAt: bigint }[]} */
  entries() {
    return ask(() => this.host.entries());
  }

  /** The timers that repeat. @returns {{ name: string, cron: string, timeZone: string, dueAt: bigint }[]} */
  recurrences() {
    return ask(() => this.host.recurrences());
  }
}

/** @param {Uint8Array | string} payload */
function bytes(payload) {
  return typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
}
