/** A part of the host: one capability, if the agent was built with it. */

import { NotBuiltIn } from "./failure.js";

/** What each capability is made of. */
export class Part {
  #capability;
  #bindings;

  /**
   * @param {string} capability its name, in the contract and in `cloister.toml`
   * @param {any} bindings what is generated of its interface
   */
  constructor(capability, bindings) {
    this.#capability = capability;
    this.#bindings = bindings;
  }

  /** What the host has for it. */
  get host() {
    if (this.#bindings === undefined) throw new NotBuiltIn(this.#capability);
    return this.#bindings;
  }
}
