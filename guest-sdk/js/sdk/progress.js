/** Progress: signs of life while a turn runs. They go out at once and are not part of the turn's outcome. */

import { attempt } from "./failure.js";
import { Part } from "./part.js";

/** Shows signs of life. One that the host or the channel refuses is dropped: no turn should fail for want of one. */
export class Progress extends Part {
  /** Shows that the agent is typing, where the channel can. */
  typing() {
    const { host } = this;
    attempt(() => host.typing());
  }

  /** Shows the reply as far as it has come; each call replaces the one before. @param {string} text */
  partial(text) {
    const { host } = this;
    attempt(() => host.partial(text));
  }
}
