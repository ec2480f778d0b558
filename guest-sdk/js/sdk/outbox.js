/** The outbox: speaking first, in a conversation that the agent serves. */

import { ask } from "./failure.js";
import { Part } from "./part.js";
import { Reply } from "./reply.js";

/** Sends messages that answer nothing. */
export class Outbox extends Part {
  /**
   * Says `reply` in a conversation when this turn ends well. Returns the message's id.
   * @param {string} conversationId
   * @param {string | Reply} reply
   * @returns {string}
   */
  send(conversationId, reply) {
    const said = typeof reply === "string" ? new Reply(reply) : reply;
    return ask(() => this.host.send(conversationId, said));
  }
}
