/** A reply: one message that the agent says. A turn answers with none, one or several. */

/** A button under a reply; its `value` comes back as an action. */
export class Choice {
  /**
   * @param {string} label
   * @param {string} value
   */
  constructor(label, value) {
    this.label = label;
    this.value = value;
    /** @type {[string, string][]} */
    this.metadata = [];
  }
}

/** A file that goes with a reply. */
export class Attachment {
  /**
   * @param {string} name
   * @param {string} contentType
   * @param {{ tag: "workspace" | "url", val: string } | { tag: "inline", val: Uint8Array }} source
   */
  constructor(name, contentType, source) {
    this.name = name;
    this.contentType = contentType;
    this.size = source.tag === "inline" ? BigInt(source.val.length) : undefined;
    this.source = source;
    /** @type {[string, string][]} */
    this.metadata = [];
  }

  /**
   * A small file, its bytes carried along.
   * @param {string} name
   * @param {string} contentType
   * @param {Uint8Array} data
   */
  static inline(name, contentType, data) {
    return new Attachment(name, contentType, { tag: "inline", val: data });
  }

  /**
   * A file on the web, which the host fetches.
   * @param {string} name
   * @param {string} contentType
   * @param {string} url
   */
  static url(name, contentType, url) {
    return new Attachment(name, contentType, { tag: "url", val: url });
  }

  /**
   * A file of the agent's workspace, by its path there.
   * @param {string} name
   * @param {string} contentType
   * @param {string} path
   */
  static workspace(name, contentType, path) {
    return new Attachment(name, contentType, { tag: "workspace", val: path });
  }
}

/** One message that the agent says. */
export class Reply {
  /**
   * @param {string} text
   * @param {{ markdown?: boolean, attachments?: Attachment[], choices?: Choice[], replyTo?: string, structured?: string }} options
   *   `replyTo` is the id of the message that this one answers, `structured` JSON for a program at the other end
   */
  constructor(text, { markdown = false, attachments = [], choices = [], replyTo, structured } = {}) {
    this.text = text;
    this.format = markdown ? "markdown" : "plain";
    this.attachments = attachments;
    this.choices = choices;
    this.replyTo = replyTo;
    this.structured = structured;
    /** @type {[string, string][]} */
    this.metadata = [];
  }
}

/**
 * What an agent may return.
 * @typedef {undefined | null | void | string | Reply | (string | Reply)[]} Replies
 */

/**
 * What an agent returned, as the host takes it.
 * @param {Replies} returned
 * @returns {Reply[]}
 */
export function replies(returned) {
  if (returned === undefined || returned === null) return [];
  return (Array.isArray(returned) ? returned : [returned]).map((one) => {
    if (one instanceof Reply) return one;
    if (typeof one === "string") return new Reply(one);
    throw new TypeError(
      `an agent returns nothing, a text, a Reply or an array of those, and not ${JSON.stringify(one)}`,
    );
  });
}
