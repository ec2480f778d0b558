/** State: what an agent remembers, keys and values. It is kept with the turn's outcome or not at all. */

import { ask, HostError } from "./failure.js";
import { Part } from "./part.js";

/** How many keys one call of the host returns at most. */
const PAGE = 1_000;

/** Both scopes. */
export class State extends Part {
  /** What all conversations of the agent share. */
  get agent() {
    return new Scoped(this.host, "agent");
  }

  /** What belongs to this conversation alone. */
  get conversation() {
    return new Scoped(this.host, "conversation");
  }
}

/** The keys and values of one scope. A key is 1 to 256 bytes, a value at most 256 KiB. */
export class Scoped {
  #host;
  #scope;

  /** @param {any} host @param {string} scope */
  constructor(host, scope) {
    this.#host = host;
    this.#scope = scope;
  }

  /** The value of a key. It sees what this turn has set. @param {string} key @returns {Uint8Array | undefined} */
  getBytes(key) {
    return ask(() => this.#host.get(this.#scope, key));
  }

  /** Sets a key. @param {string} key @param {Uint8Array} value */
  setBytes(key, value) {
    ask(() => this.#host.set(this.#scope, key, value));
  }

  /**
   * A value that `set` has set, or else `missing`.
   * @param {string} key
   * @param {any} [missing]
   * @returns {any}
   */
  get(key, missing) {
    const value = this.getBytes(key);
    if (value === undefined) return missing;
    try {
      return JSON.parse(new TextDecoder().decode(value));
    } catch (error) {
      throw new HostError("invalid", `the value of the state key \`${key}\` is not what was expected: ${error}`);
    }
  }

  /** Sets a key to whatever JSON can hold. @param {string} key @param {any} value */
  set(key, value) {
    this.setBytes(key, new TextEncoder().encode(JSON.stringify(value)));
  }

  /** Deletes a key. Returns whether there was such a key. @param {string} key @returns {boolean} */
  delete(key) {
    return ask(() => this.#host.delete(this.#scope, key));
  }

  /**
   * All keys that start with `prefix`, in the order of their bytes: a call of the host for every thousand.
   * @param {string} prefix
   * @returns {string[]}
   */
  keys(prefix = "") {
    /** @type {string[]} */
    const keys = [];
    for (;;) {
      const page = ask(() => this.#host.keys(this.#scope, prefix, keys.at(-1), PAGE));
      keys.push(...page);
      if (page.length < PAGE) return keys;
    }
  }
}
