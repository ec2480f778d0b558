/**
 * Asking a language model. Which one is the owner's choice, and so is what it may cost.
 *
 *     const answer = cx.model.complete(event.text, { system: "Answer in one line." });
 *     return answer.text;
 */

import { Failure, payload, Refused } from "./failure.js";
import { Part } from "./part.js";

/**
 * @typedef {{ role: "system" | "user" | "assistant", parts: { tag: string, val: any }[] }} Message
 * @typedef {{ name: string, description: string, inputSchema: string }} Tool
 * @typedef {{ id: string, name: string, arguments: string, metadata: [string, string][] }} ToolCall
 */

/**
 * @typedef {object} Options
 * @property {string} [system] what the model is to be and do
 * @property {Tool[]} [tools] what the model may call
 * @property {{ tag: "automatic" | "none" | "required" } | { tag: "named", val: string }} [toolChoice]
 * @property {string} [outputSchema] JSON Schema, as text, that the answer's text is to fit
 * @property {number} [maxOutputTokens]
 * @property {number} [temperature] in hundredths: 0 to 200
 */

/** @type {Record<string, import("./failure.js").FailureCode>} */
const FAILURES = {
  denied: "denied",
  "not-configured": "not-found",
  limit: "limit",
  "rate-limited": "unavailable",
  "timed-out": "unavailable",
  cut: "unavailable",
  unavailable: "unavailable",
  // A request that cannot be asked is the agent's mistake.
  invalid: "internal",
};

/** There is no answer. */
export class ModelError extends Refused {
  /** @param {any} problem */
  constructor(problem) {
    super(problem.message);
    this.name = "ModelError";
    /** What kind of problem it is, such as `not-configured` or `timed-out`. @type {string} */
    this.problem = problem.cause;
    /** What the provider answered with, where it did. @type {number | undefined} */
    this.status = problem.status;
    /** After how many milliseconds it may be asked again, where that is known. @type {number | undefined} */
    this.retryAfter = problem.retryAfter === undefined ? undefined : Number(problem.retryAfter);
  }

  asFailure() {
    const code = FAILURES[this.problem] ?? "other";
    // The host has tried again already: once more, a little later, may help all the same.
    return new Failure(this.message, code, { retryable: code === "unavailable" });
  }
}

/** What a model said. */
export class Answer {
  /** @param {any} completion as the contract has it: `model`, `parts`, `finish`, `usage` */
  constructor(completion) {
    this.wit = completion;
  }

  /** All of its text. @returns {string} */
  get text() {
    return this.#parts("text").join("");
  }

  /** The tools that it calls. @returns {ToolCall[]} */
  get toolCalls() {
    return this.#parts("tool-call");
  }

  /** The same as a message, for the next request. @returns {Message} */
  get message() {
    return { role: "assistant", parts: this.wit.parts };
  }

  /** @param {string} tag @returns {any[]} */
  #parts(tag) {
    return this.wit.parts.filter((/** @type {any} */ part) => part.tag === tag).map((/** @type {any} */ part) => part.val);
  }
}

/** Asks a language model. What is said to it is a text, or an array of messages. */
export class Model extends Part {
  /**
   * Asks, and waits for the whole answer.
   * @param {string | Message[]} messages
   * @param {Options} [options]
   */
  complete(messages, options) {
    const { host } = this;
    return new Answer(askModel(() => host.complete(request(messages, options))));
  }

  /**
   * Asks, and reads the answer as it comes: more of its text each time, and at last the `Answer`, whole. One that is not read
   * to its end is not kept with the turn.
   * @param {string | Message[]} messages
   * @param {Options} [options]
   * @returns {Generator<string | Answer, void>}
   */
  *stream(messages, options) {
    const { host } = this;
    const stream = askModel(() => host.openStream(request(messages, options)));
    try {
      for (;;) {
        const piece = askModel(() => stream.next());
        if (piece === undefined) return;
        if (piece.tag === "end") {
          yield new Answer(piece.val);
          return;
        }
        yield piece.val;
      }
    } finally {
      stream[Symbol.dispose ?? Symbol.for("dispose")]?.();
    }
  }

  /** A message that says what the model is to be and do. @param {string} text @returns {Message} */
  system(text) {
    return said("system", text);
  }

  /**
   * What someone said to the model, with images.
   * @param {string} text
   * @param {{ contentType: string, data: Uint8Array }[]} images
   * @returns {Message}
   */
  user(text, images = []) {
    const message = said("user", text);
    message.parts.push(...images.map((image) => ({ tag: "image", val: image })));
    return message;
  }

  /** What the model said itself. @param {string} text @returns {Message} */
  assistant(text) {
    return said("assistant", text);
  }

  /**
   * What the tools of the last answer gave: each of its calls with its result. All of them are one message.
   * @param {[ToolCall, string][]} results
   * @returns {Message}
   */
  results(results) {
    const parts = results.map(([call, content]) => ({
      tag: "tool-result",
      val: { callId: call.id, content, isError: false },
    }));
    return { role: "user", parts };
  }
}

/** @param {Message["role"]} role @param {string} text @returns {Message} */
function said(role, text) {
  return { role, parts: [{ tag: "text", val: text }] };
}

/** @param {string | Message[]} messages @param {Options} options */
function request(messages, options = {}) {
  const first = options.system === undefined ? [] : [said("system", options.system)];
  const rest = typeof messages === "string" ? [said("user", messages)] : messages;
  return {
    messages: [...first, ...rest],
    tools: options.tools ?? [],
    toolChoice: options.toolChoice ?? { tag: "automatic" },
    outputSchema: options.outputSchema,
    maxOutputTokens: options.maxOutputTokens,
    temperature: options.temperature,
    metadata: [],
  };
}

/** @template T @param {() => T} call @returns {T} */
function askModel(call) {
  try {
    return call();
  } catch (thrown) {
    const problem = payload(thrown);
    if (problem instanceof Error || problem?.cause === undefined) throw thrown;
    throw new ModelError(problem);
  }
}
