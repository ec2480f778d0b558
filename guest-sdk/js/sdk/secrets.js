/**
 * Secrets that the owner has stored for the agent. The agent never sees one: it writes the placeholder of one into a request,
 * and the host puts the secret there for the hosts that it is for.
 */

import { ask } from "./failure.js";
import { Part } from "./part.js";

/** What there is to be put into requests. */
export class Secrets extends Part {
  /**
   * What to write in the place of the secret of this name: in the value of a header, in a path or query, in a body of JSON, of
   * a form or of plain text.
   * @param {string} name
   */
  placeholder(name) {
    return `{{secret:${name}}}`;
  }

  /** All that there are, by name. @returns {{ name: string, placeholder: string, hosts: string[] }[]} */
  entries() {
    return ask(() => this.host.entries());
  }
}
