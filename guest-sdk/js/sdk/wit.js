/**
 * The shapes of the contract, as `./build --types` generates them.
 *
 * @typedef {import("cloister:agent/types@1.0.0").Action} Action
 * @typedef {import("cloister:agent/types@1.0.0").Attachment} Attachment
 * @typedef {import("cloister:agent/types@1.0.0").Contact} Contact
 * @typedef {import("cloister:agent/types@1.0.0").Conversation} Conversation
 * @typedef {import("cloister:agent/types@1.0.0").Event} Event
 * @typedef {import("cloister:agent/types@1.0.0").Message} Message
 * @typedef {import("cloister:agent/types@1.0.0").Notice} Notice
 * @typedef {import("cloister:agent/types@1.0.0").Timer} Timer
 */

export {};
