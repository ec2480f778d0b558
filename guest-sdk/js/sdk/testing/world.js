/** The world of a test: what the in-memory host knows, behind the functions of the contract. */

import { Cron } from "./cron.js";

/** The sizes and counts that the contract names. */
const KEY = 256;
const VALUE = 256 * 1024;
const FILE = 32 << 20;
const PIECE = 1 << 20;
const FURTHEST = 366 * 24 * 60 * 60 * 1000;

/**
 * @typedef {{ dueAt: number, payload: Uint8Array, cron?: string, timeZone?: string }} Timer
 * @typedef {{ data: Uint8Array, contentType: string, at: number }} File
 */

/** What a turn changes: kept when it ends well, put back when it fails. */
export class Kept {
  /** @type {Map<string, Uint8Array>} */
  agentState = new Map();
  /** @type {Map<string, Map<string, Uint8Array>>} */
  conversationState = new Map();
  /** By conversation and name, as JSON. @type {Map<string, Timer>} */
  timers = new Map();
  /** @type {{ conversationId: string, reply: any }[]} */
  outbox = [];
  /** By path. @type {Map<string, File>} */
  files = new Map();
}

/** @param {string} code @param {string} message */
export const refused = (code, message) => ({ payload: { code, message } });

/** @param {string} what @param {number} size @param {number} least @param {number} most */
function sized(what, size, least, most) {
  if (size >= least && size <= most) return;
  throw refused(size > most ? "limit" : "invalid", `${what} is ${least} to ${most}, not ${size}`);
}

/** @param {string} text */
const bytes = (text) => new TextEncoder().encode(text).length;

/** @param {Map<string, any>} all @param {string} prefix @param {string | undefined} after @param {number} limit */
function page(all, prefix, after, limit) {
  const encoder = new TextEncoder();
  /** By bytes. @param {string} a @param {string} b */
  const order = (a, b) => {
    const [left, right] = [encoder.encode(a), encoder.encode(b)];
    const place = left.findIndex((byte, place) => byte !== right[place]);
    return place < 0 ? left.length - right.length : left[place] - (right[place] ?? -1);
  };
  const keys = [...all.keys()].filter((key) => key.startsWith(prefix)).sort(order);
  return keys.filter((key) => after === undefined || order(key, after) > 0).slice(0, limit);
}

/** All that there is. */
export class World {
  /** 2026-01-01T00:00:00Z */
  now = 1_767_225_600_000;
  /** @type {string[]} */
  conversations = [];
  current = "";
  /** @type {Map<string, { speaker: string, id: string, text: string }[]>} */
  history = new Map();
  kept = new Kept();
  /** @type {{ level: string, message: string, fields: Record<string, string> }[]} */
  log = [];
  /** @type {string[]} */
  signs = [];
  /** @type {Map<string, string[]>} */
  secrets = new Map();
  /** What the model answers; without it there is none. @type {((request: any) => any) | undefined} */
  script;
  /** @type {any[]} */
  asked = [];
  #ids = 0;

  constructor() {
    this.openConversation();
  }

  newId() {
    this.#ids += 1;
    return `00000000-0000-7000-8000-${this.#ids.toString(16).padStart(12, "0")}`;
  }

  openConversation() {
    this.current = this.newId();
    this.conversations.push(this.current);
    return this.current;
  }

  /** @param {string} conversation @param {string} speaker @param {string} id @param {string} text */
  remember(conversation, speaker, id, text) {
    const said = this.history.get(conversation) ?? [];
    this.history.set(conversation, [...said, { speaker, id, text }]);
  }

  /** The functions of each interface of the contract. @returns {Record<string, any>} */
  interfaces() {
    return {
      log: { write: this.#write.bind(this) },
      progress: {
        typing: () => void this.signs.push("typing"),
        partial: (/** @type {string} */ text) => void this.signs.push(text),
      },
      state: this.#state(),
      history: { recent: this.#recent.bind(this) },
      outbox: { send: this.#send.bind(this) },
      schedule: this.#schedule(),
      secrets: { entries: this.#secrets.bind(this) },
      workspace: this.#workspace(),
      model: {
        complete: this.#complete.bind(this),
        openStream: (/** @type {any} */ request) => stream(this.#complete(request)),
      },
    };
  }

  /** @param {string} level @param {string} message @param {[string, string][]} fields */
  #write(level, message, fields) {
    const cut = new TextDecoder().decode(new TextEncoder().encode(message).slice(0, 4 * 1024));
    this.log.push({ level, message: cut, fields: Object.fromEntries(fields) });
  }

  #state() {
    /** @param {string} scope */
    const values = (scope) => {
      if (scope === "agent") return this.kept.agentState;
      const there = this.kept.conversationState.get(this.current) ?? new Map();
      this.kept.conversationState.set(this.current, there);
      return there;
    };
    return {
      get: (/** @type {string} */ scope, /** @type {string} */ key) => {
        sized("a state key", bytes(key), 1, KEY);
        return values(scope).get(key);
      },
      set: (/** @type {string} */ scope, /** @type {string} */ key, /** @type {Uint8Array} */ value) => {
        sized("a state key", bytes(key), 1, KEY);
        sized("a state value", value.length, 0, VALUE);
        values(scope).set(key, Uint8Array.from(value));
      },
      delete: (/** @type {string} */ scope, /** @type {string} */ key) => values(scope).delete(key),
      keys: (
        /** @type {string} */ scope,
        /** @type {string} */ prefix,
        /** @type {string | undefined} */ after,
        /** @type {number} */ limit,
      ) => {
        sized("the number of keys asked for", limit, 1, 1_000);
        return page(values(scope), prefix, after, limit);
      },
    };
  }

  /** @param {number} limit @param {string | undefined} before */
  #recent(limit, before) {
    sized("the number of messages asked for", limit, 1, 200);
    let said = this.history.get(this.current) ?? [];
    if (before !== undefined) {
      const place = said.findIndex(({ id }) => id === before);
      if (place < 0) throw refused("not-found", `there is no message \`${before}\``);
      said = said.slice(0, place);
    }
    return said.slice(-limit).map((one) => ({ ...one, attachments: [], at: BigInt(this.now) }));
  }

  /** @param {string} conversationId @param {any} reply */
  #send(conversationId, reply) {
    if (!this.conversations.includes(conversationId)) {
      throw refused("not-found", `there is no conversation \`${conversationId}\``);
    }
    this.kept.outbox.push({ conversationId, reply });
    return this.newId();
  }

  #schedule() {
    /** @param {string} name */
    const key = (name) => JSON.stringify([this.current, name]);
    /** @param {string} name @param {Timer} timer */
    const put = (name, timer) => {
      sized("a timer's name", bytes(name), 1, 128);
      sized("a timer's payload", timer.payload.length, 0, 64 * 1024);
      this.kept.timers.set(key(name), timer);
    };
    const own = () =>
      [...this.kept.timers].flatMap(([place, timer]) => {
        const [where, name] = JSON.parse(place);
        return where === this.current ? [{ name, ...timer, dueAt: BigInt(timer.dueAt) }] : [];
      });
    return {
      set: (/** @type {string} */ name, /** @type {any} */ due, /** @type {Uint8Array} */ payload) => {
        const dueAt = due.tag === "at" ? Number(due.val) : this.now + Number(due.val);
        if (dueAt > this.now + FURTHEST) throw refused("invalid", "a timer is at most 366 days ahead");
        put(name, { dueAt, payload });
      },
      repeat: (
        /** @type {string} */ name,
        /** @type {string} */ cron,
        /** @type {string} */ timeZone,
        /** @type {Uint8Array} */ payload,
      ) => {
        let dueAt;
        try {
          dueAt = new Cron(cron).after(this.now);
        } catch (error) {
          throw refused("invalid", String(error));
        }
        const before = this.kept.timers.get(key(name));
        if (before?.cron === cron && before.timeZone === timeZone) dueAt = before.dueAt;
        put(name, { dueAt, payload, cron, timeZone });
        return BigInt(dueAt);
      },
      cancel: (/** @type {string} */ name) => this.kept.timers.delete(key(name)),
      entries: () => own().map(({ name, dueAt }) => ({ name, dueAt })),
      recurrences: () =>
        own().flatMap(({ name, cron, timeZone, dueAt }) => (cron === undefined ? [] : [{ name, cron, timeZone, dueAt }])),
    };
  }

  #secrets() {
    return [...this.secrets].sort().map(([name, hosts]) => ({ name, placeholder: `{{secret:${name}}}`, hosts }));
  }

  #workspace() {
    const { kept } = this;
    /** @param {string} path */
    const file = (path) => {
      const found = kept.files.get(path);
      if (found === undefined) throw refused("not-found", `there is no file \`${path}\``);
      return found;
    };
    /** @param {string} path */
    const entry = (path) => {
      const { data, contentType, at } = file(path);
      return { path, size: BigInt(data.length), contentType, modifiedAt: BigInt(at) };
    };
    /** @param {string} path @param {Uint8Array} data @param {string} [contentType] */
    const write = (path, data, contentType) => {
      sized("what is written in one call", data.length, 0, PIECE);
      if (path.split("/").some((part) => ["", ".", ".."].includes(part))) {
        throw refused("invalid", `\`${path}\` is no path of a workspace`);
      }
      const type = contentType ?? kept.files.get(path)?.contentType ?? "application/octet-stream";
      kept.files.set(path, { data: Uint8Array.from(data), contentType: type, at: this.now });
    };
    return {
      entries: (/** @type {string} */ prefix, /** @type {string | undefined} */ after, /** @type {number} */ limit) => {
        sized("the number of files asked for", limit, 1, 1_000);
        return page(kept.files, prefix, after, limit).map(entry);
      },
      stat: entry,
      read: (/** @type {string} */ path, /** @type {bigint} */ offset, /** @type {number} */ length) => {
        sized("the number of bytes asked for", length, 1, PIECE);
        return file(path).data.slice(Number(offset), Number(offset) + length);
      },
      write,
      append: (/** @type {string} */ path, /** @type {Uint8Array} */ data) => {
        const had = kept.files.get(path);
        if (had === undefined) return write(path, data);
        sized("a file", had.data.length + data.length, 0, FILE);
        kept.files.set(path, { ...had, data: Uint8Array.from([...had.data, ...data]), at: this.now });
      },
      delete: (/** @type {string} */ path) => kept.files.delete(path),
    };
  }

  /** @param {any} request */
  #complete(request) {
    if (this.script === undefined) {
      const message = "this agent has no model to ask: its owner has to set one up";
      throw { payload: { cause: "not-configured", message } };
    }
    this.asked.push(request);
    return this.script(request);
  }
}

/** An answer that comes a word at a time. @param {any} completion */
function stream(completion) {
  const texts = completion.parts.filter((/** @type {any} */ part) => part.tag === "text");
  const text = texts.map((/** @type {any} */ part) => part.val).join("");
  const words = text.split(/(?<= )/).filter((/** @type {string} */ word) => word !== "");
  const pieces = [
    ...words.map((/** @type {string} */ word) => ({ tag: "text", val: word })),
    { tag: "end", val: completion },
  ];
  return { next: () => pieces.shift() };
}
