/** The workspace: the agent's files, shared by all its conversations. They are kept with the turn's outcome or not at all. */

import { ask, HostError } from "./failure.js";
import { Part } from "./part.js";

/** How many files one call of the host returns at most. */
const PAGE = 1_000;
/** Bytes that one call of the host takes or gives at most. */
const PIECE = 1024 * 1024;

/** @typedef {{ path: string, size: bigint, contentType: string, modifiedAt: bigint }} Entry */

/** Files by their paths: `reports/may.csv`, relative and without `.` and `..`. */
export class Workspace extends Part {
  /** All that is in a file: a call of the host for every MiB. @param {string} path */
  read(path) {
    const pieces = [];
    let size = 0;
    for (;;) {
      const piece = this.readRange(path, size, PIECE);
      pieces.push(piece);
      size += piece.length;
      if (piece.length < PIECE) return joined(pieces, size);
    }
  }

  /** A file that is text. @param {string} path */
  text(path) {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(this.read(path));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new HostError("invalid", `the file \`${path}\` is not text in UTF-8`);
    }
  }

  /**
   * At most `length` (1 to 1,048,576) bytes of a file from `offset` on.
   * @param {string} path
   * @param {number} offset
   * @param {number} length
   * @returns {Uint8Array}
   */
  readRange(path, offset, length) {
    return ask(() => this.host.read(path, BigInt(offset), length));
  }

  /** What is known of a file without reading it. @param {string} path @returns {Entry} */
  stat(path) {
    return ask(() => this.host.stat(path));
  }

  /** Whether there is such a file. @param {string} path */
  exists(path) {
    try {
      this.stat(path);
      return true;
    } catch (error) {
      if (error instanceof HostError && error.code === "not-found") return false;
      throw error;
    }
  }

  /**
   * Makes a file, or replaces what is in one: a call of the host for every MiB. Its media type is the one that it has, or
   * follows from the ending of its name, unless one is given.
   * @param {string} path
   * @param {Uint8Array | string} data
   * @param {string} [contentType]
   */
  write(path, data, contentType) {
    const all = bytes(data);
    ask(() => this.host.write(path, all.slice(0, PIECE), contentType));
    this.#append(path, all.subarray(PIECE));
  }

  /** Adds to the end of a file, which is made where there is none. @param {string} path @param {Uint8Array | string} data */
  append(path, data) {
    const all = bytes(data);
    if (all.length > 0) this.#append(path, all);
    else ask(() => this.host.append(path, all));
  }

  /** @param {string} path @param {Uint8Array} data */
  #append(path, data) {
    for (let start = 0; start < data.length; start += PIECE) {
      ask(() => this.host.append(path, data.slice(start, start + PIECE)));
    }
  }

  /** Deletes a file. Returns whether there was one. @param {string} path @returns {boolean} */
  delete(path) {
    return ask(() => this.host.delete(path));
  }

  /**
   * All files whose paths begin with `prefix`, in the order of their paths' bytes: a call of the host for every thousand.
   * @param {string} prefix
   * @returns {Entry[]}
   */
  entries(prefix = "") {
    /** @type {Entry[]} */
    const entries = [];
    for (;;) {
      const page = ask(() => this.host.entries(prefix, entries.at(-1)?.path, PAGE));
      entries.push(...page);
      if (page.length < PAGE) return entries;
    }
  }

  /**
   * The bytes of a file that came with a message, wherever they are; not those of an address on the web, which the host could
   * not fetch: the attachment's metadata tells why, under `not_fetched`.
   * @param {import("./wit.js").Attachment} attachment
   * @returns {Uint8Array}
   */
  attached(attachment) {
    const { tag, val } = attachment.source;
    if (tag === "inline") return val;
    if (tag === "workspace") return this.read(val);
    const why = Object.fromEntries(attachment.metadata).not_fetched ?? "it is an address on the web";
    throw new HostError("not-found", `the file \`${attachment.name}\` is not here: ${why}`);
  }
}

/** @param {Uint8Array[]} pieces @param {number} size */
function joined(pieces, size) {
  const whole = new Uint8Array(size);
  let start = 0;
  for (const piece of pieces) {
    whole.set(piece, start);
    start += piece.length;
  }
  return whole;
}

/** @param {Uint8Array | string} data */
function bytes(data) {
  return typeof data === "string" ? new TextEncoder().encode(data) : data;
}
