/**
 * The bindings: what componentize-js generates between the agent and the host. They have a global object of their own, in which
 * this works by their names, which are those of the version that the build script asks for. It is done while the component is
 * built: where a name is not there, the build fails.
 */

/** What is generated looks at each character of a text, which takes a hundred times as long. */
const QUICKEN = `
  if (typeof _utf8AllocateAndEncode !== "function") throw new Error("the bindings have no function that encodes text");
  globalThis._utf8AllocateAndEncode = encode;
`;

/** An event is read from memory, and zeros are one: a message without text, from nobody. Its result begins with a zero if it is \`ok\`. */
const TURN = `
  globalThis.$source_mod = { handler };
  bindExports("rehearsal");
  const exported = Object.keys(globalThis).find((name) => name.startsWith("export_handler_"));
  const [event, result] = [$realloc(0, 0, 8, SIZE), $realloc(0, 0, 8, SIZE)];
  new Uint8Array($memory.buffer, event, SIZE).fill(0);
  return globalThis[exported](event, result).then(() => new Uint8Array($memory.buffer)[result] === 0);
`.replaceAll("SIZE", "1024");

const encoder = new TextEncoder();

/** Puts a text into memory, as the function that it takes the place of. @param {string} text @param {any} realloc @param {any} memory */
function encode(text, realloc, memory) {
  if (typeof text !== "string") throw new TypeError(`expected a string, received [${typeof text}]`);
  if (text === "") return { ptr: 1, len: 0 };
  const data = encoder.encode(text);
  const ptr = realloc(0, 0, 1, data.length);
  new Uint8Array(memory.buffer, ptr, data.length).set(data);
  return { ptr, len: data.length };
}

/** The bindings of a component. */
export class Bindings {
  #Function;

  /** @param {Function} one of their functions */
  constructor(one) {
    this.#Function = /** @type {FunctionConstructor} */ (one.constructor);
  }

  /** Makes them quicker. */
  quicken() {
    this.#Function("encode", QUICKEN)(encode);
  }

  /** A turn of what they are to export, with an empty message. @param {{ handle(event: any): any }} handler @returns {Promise<boolean>} whether it ended well */
  turn(handler) {
    return this.#Function("handler", TURN)(handler);
  }
}
