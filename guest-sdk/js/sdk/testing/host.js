/** The in-memory host, as a test has it. */

import { Context } from "../context.js";
import { Event } from "../event.js";
import { Refused } from "../failure.js";
import { HttpError } from "../http.js";
import { replies } from "../reply.js";
import { Cron } from "./cron.js";
import { refused, World } from "./world.js";

/** What an agent answered. */
export class Said {
  /** @param {import("../reply.js").Reply[]} replies */
  constructor(replies) {
    this.replies = replies;
  }

  /** The texts alone. */
  get texts() {
    return this.replies.map(({ text }) => text);
  }
}

const CHANNEL = "00000000-0000-7000-8000-0000000000c0";
const PERSON = {
  id: "00000000-0000-7000-8000-0000000000c1",
  platformUserId: "ada",
  displayName: "Ada",
  metadata: [],
};

/** A host with one agent on it, and one person who talks to it. */
export class Host {
  #agent;
  #configuration;
  #world = new World();
  #interfaces;
  /** @type {((request: import("../http.js").Request) => import("../http.js").Response) | undefined} */
  #servers;
  /** What the agent asked servers. @type {import("../http.js").Request[]} */
  requests = [];

  /**
   * @param {{ handle(cx: Context, event: Event): any }} agent
   * @param {{ configuration?: object, denied?: string[] }} options `denied` are capabilities that its owner has not granted
   */
  constructor(agent, { configuration = {}, denied = [] } = {}) {
    this.#agent = agent;
    this.#configuration = JSON.stringify(configuration);
    this.#interfaces = this.#world.interfaces();
    this.#interfaces.http = this.#fetch.bind(this);
    for (const name of denied) this.#deny(name);
  }

  // What a test sets up.

  /** The model gives these answers, one after the other. @param {string[]} answers */
  answering(...answers) {
    return this.withModel(() => {
      const text = answers.shift();
      if (text !== undefined) return Host.completion(text);
      throw { payload: { cause: "unavailable", message: "the test's model has no answer left" } };
    });
  }

  /**
   * The model makes of each request what `script` says, a `completion`. Without one, there is none to ask.
   * @param {(request: any) => any} script
   */
  withModel(script) {
    this.#world.script = script;
    return this;
  }

  /** An answer of a model. @param {string} text */
  static completion(text) {
    return {
      model: "test",
      parts: [{ tag: "text", val: text }],
      finish: "stop",
      usage: { inputTokens: 1n, outputTokens: 1n },
      metadata: [],
    };
  }

  /**
   * Servers answer what `answer` says, which may throw an `HttpError`. Without it, no host is allowed.
   * @param {(request: import("../http.js").Request) => import("../http.js").Response} answer
   */
  withHttp(answer) {
    this.#servers = answer;
    return this;
  }

  /** The owner has stored a secret for these hosts. @param {string} name @param {string[]} hosts */
  withSecret(name, ...hosts) {
    this.#world.secrets.set(name, hosts);
    return this;
  }

  // What happens.

  /**
   * The person says something. Throws the `Failure` of a turn that fails.
   * @param {string} text
   * @param {any[]} attachments
   */
  async say(text, attachments = []) {
    const id = this.#world.newId();
    const val = { id, from: PERSON, text, attachments, sentAt: BigInt(this.#world.now), metadata: [] };
    return this.#turn({ tag: "message", val }, { id, text });
  }

  /** The person presses the button with this value. @param {string} value */
  async press(value) {
    return this.#turn({ tag: "action", val: { id: this.#world.newId(), from: PERSON, value, metadata: [] } });
  }

  /** Something else happens. @param {string} kind @param {any} data */
  async notice(kind, data = null) {
    return this.#turn({ tag: "notice", val: { kind, data: JSON.stringify(data) } });
  }

  /**
   * Time goes by, so many milliseconds: the timers that come due, in order, and what the agent made of each.
   * @param {number} milliseconds
   * @returns {Promise<{ name: string, said?: Said, failure?: unknown }[]>}
   */
  async advance(milliseconds) {
    const world = this.#world;
    const end = world.now + milliseconds;
    const fired = [];
    for (;;) {
      const due = [...world.kept.timers].filter(([, timer]) => timer.dueAt <= end);
      const [next] = due.sort(([, a], [, b]) => a.dueAt - b.dueAt);
      if (next === undefined) break;
      const [key, timer] = next;
      const [conversation, name] = JSON.parse(key);
      world.now = Math.max(world.now, timer.dueAt);
      if (timer.cron === undefined) world.kept.timers.delete(key);
      else world.kept.timers.set(key, { ...timer, dueAt: new Cron(timer.cron).after(timer.dueAt) });
      const val = { name, payload: timer.payload, dueAt: BigInt(timer.dueAt) };
      const here = world.current;
      world.current = conversation;
      try {
        fired.push({ name, said: await this.#turn({ tag: "timer", val }) });
      } catch (failure) {
        fired.push({ name, failure });
      }
      world.current = here;
    }
    world.now = end;
    return fired;
  }

  /** Goes on in a new conversation, whose id it returns. */
  openConversation() {
    return this.#world.openConversation();
  }

  /** Goes on in another conversation. @param {string} id */
  goTo(id) {
    if (!this.#world.conversations.includes(id)) throw new RangeError(`there is no conversation \`${id}\``);
    this.#world.current = id;
  }

  // What came of it.

  /** What the agent logged. */
  get log() {
    return this.#world.log;
  }

  /** Its signs of life: `typing`, or its reply as far as it had come. */
  get signs() {
    return this.#world.signs;
  }

  /** What it said first. */
  get sent() {
    return this.#world.kept.outbox;
  }

  /** What it asked the model. */
  get asked() {
    return this.#world.asked;
  }

  /** Its state, timers and files. */
  get kept() {
    return this.#world.kept;
  }

  // A turn.

  /** @param {any} body @param {{ id: string, text: string }} [message] */
  async #turn(body, message) {
    const world = this.#world;
    const { current } = world;
    const conversation = { id: current, channelId: CHANNEL, channelKind: "web", isGroup: false, metadata: [] };
    const receivedAt = BigInt(world.now);
    const configuration = this.#configuration;
    /** @type {any} */
    const event = { id: world.newId(), receivedAt, conversation, body, configuration, metadata: [] };
    const before = structuredClone({ ...world.kept });
    const sent = world.kept.outbox.length;
    let said;
    try {
      said = replies(await this.#agent.handle(new Context(this.#interfaces), new Event(event)));
    } catch (thrown) {
      Object.assign(world.kept, before);
      throw thrown instanceof Refused ? thrown.asFailure() : thrown;
    } finally {
      if (message) world.remember(current, "contact", message.id, message.text);
    }
    for (const { text } of said) world.remember(current, "agent", world.newId(), text);
    for (const first of world.kept.outbox.slice(sent)) {
      world.remember(first.conversationId, "agent", world.newId(), first.reply.text);
    }
    return new Said(said);
  }

  /** @param {string} name */
  #deny(name) {
    const message = `the owner has not granted \`${name}\``;
    const deny = () => {
      throw name === "model" ? { payload: { cause: "denied", message } } : refused("denied", message);
    };
    if (name === "http") this.#interfaces.http = () => ({ problem: "denied", message });
    else for (const key of Object.keys(this.#interfaces[name])) this.#interfaces[name][key] = deny;
  }

  /** @param {import("../http.js").Request} request */
  #fetch(request) {
    if (this.#servers === undefined) {
      return { problem: "denied", message: "the owner has not allowed this request" };
    }
    this.requests.push(request);
    try {
      return this.#servers(request);
    } catch (error) {
      if (error instanceof HttpError) return { problem: error.problem, message: error.message };
      throw error;
    }
  }
}
