/** The history: what was said in this conversation before. */

import { ask } from "./failure.js";
import { Part } from "./part.js";

/** Reads what was said. */
export class History extends Part {
  /**
   * The newest `limit` (1 to 200) messages before the one that this turn handles, or before the message with the id `before`;
   * the oldest first.
   * @param {number} limit
   * @param {string} [before]
   * @returns {{ id: string, speaker: "contact" | "agent" | "team", name?: string, text: string, attachments: any[], at: bigint }[]}
   */
  recent(limit = 20, before) {
    return ask(() => this.host.recent(limit, before));
  }
}
