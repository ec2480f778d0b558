/** An event: one thing that happened, with which a turn starts. */

import { Failure } from "./failure.js";

/** @import * as wit from "./wit.js" */

/** What happened. Of `message`, `action`, `timer` and `notice`, one is there. */
export class Event {
  /** @param {wit.Event} event as the contract has it */
  constructor(event) {
    /** As the contract has it. */
    this.wit = event;
    /** The turn's id: the same when a turn is tried again. @type {string} */
    this.id = event.id;
    this.receivedAt = new Date(Number(event.receivedAt));
    this.conversation = event.conversation;
    const { body } = event;
    /** What a person sent. */
    this.message = body.tag === "message" ? body.val : undefined;
    /** A button that was pressed. */
    this.action = body.tag === "action" ? body.val : undefined;
    /** A timer that came due. */
    this.timer = body.tag === "timer" ? body.val : undefined;
    this.notice = body.tag === "notice" ? body.val : undefined;
  }

  /** What the person wrote: the text of a message, or nothing for any other event. @returns {string} */
  get text() {
    return this.message?.text ?? "";
  }

  /** The person that the event came from; a timer and a notice come from nobody. */
  get contact() {
    return (this.message ?? this.action)?.from;
  }

  /** The name to call that person by. @returns {string} */
  get name() {
    return this.contact?.displayName ?? this.contact?.platformUserId ?? "";
  }

  /** What is known of the message, or of the event where it is none. @returns {Record<string, string>} */
  get metadata() {
    return Object.fromEntries((this.message ?? this.wit).metadata);
  }

  /**
   * The agent's configuration, as its owner wrote it. What is wrong with it is for them to mend.
   * @returns {Record<string, any>}
   */
  settings() {
    let settings;
    try {
      settings = JSON.parse(this.wit.configuration || "{}");
    } catch (error) {
      throw Failure.invalid(`the agent's configuration: ${error}`);
    }
    if (typeof settings !== "object" || settings === null || Array.isArray(settings)) {
      throw Failure.invalid("the agent's configuration is no object");
    }
    return settings;
  }
}
