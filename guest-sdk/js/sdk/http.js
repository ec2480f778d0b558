/**
 * Requests to the outside, to the hosts that the owner allows. Each is asked whole and answered whole; no redirect is followed.
 * A secret of the owner's is put in by the host: the agent writes its placeholder.
 *
 *     const key = cx.secrets.placeholder("weather");
 *     const today = cx.http.get("https://weather.example/today", { bearer: key }).success().json();
 *
 * `fetch` works as well, and says less about what went wrong.
 */

import { Failure, Refused } from "./failure.js";
import { send } from "./fetch.js";
import { Part } from "./part.js";

/**
 * What kind of problem it is: the owner has not granted `http`, or not that host, or a secret is not for it (`denied`); the host
 * is in a private network (`prohibited`); it cannot be sent so (`invalid`); too many requests in this turn, or at once
 * (`too-many`); no such host, no connection, no answer in time, or one that broke off; too many bytes (`too-large`); a status
 * that says that it failed (`status`, of `Response.success`).
 * @typedef {"denied" | "prohibited" | "invalid" | "too-many" | "no-such-host" | "unreachable" | "timed-out" | "cut" | "too-large" | "status" | "other"} Cause
 */

/** @type {Record<string, import("./failure.js").FailureCode>} */
const FAILURES = {
  denied: "denied",
  prohibited: "denied",
  invalid: "internal",
  "too-many": "limit",
  "too-large": "limit",
  // The same event, a little later, may meet a server that answers.
  unreachable: "unavailable",
  "timed-out": "unavailable",
  cut: "unavailable",
};

/** There is no answer, or none that says that all went well. */
export class HttpError extends Refused {
  /** @param {Cause} problem @param {string} message a sentence for the owner */
  constructor(problem, message) {
    super(message);
    this.name = "HttpError";
    this.problem = problem;
  }

  asFailure() {
    const code = FAILURES[this.problem] ?? "other";
    return new Failure(this.message, code, { retryable: code === "unavailable" });
  }
}

/** @typedef {[string, string][]} Headers */

/** A request. */
export class Request {
  /**
   * @param {string} method
   * @param {string} url with `https://`
   * @param {{ headers?: Headers, body?: Uint8Array, timeout?: number }} options `timeout` is how many milliseconds the answer
   *   may take, where that is less than the host allows
   */
  constructor(method, url, { headers = [], body = new Uint8Array(), timeout } = {}) {
    this.method = method;
    this.url = url;
    this.headers = headers;
    this.body = body;
    this.timeout = timeout;
  }

  /** The value of a header. @param {string} name */
  header(name) {
    return header(this.headers, name);
  }
}

/** An answer, whole. */
export class Response {
  /** @param {number} status @param {string | Uint8Array} body @param {Headers} headers */
  constructor(status, body = "", headers = []) {
    this.status = status;
    this.headers = headers;
    this.body = typeof body === "string" ? new TextEncoder().encode(body) : body;
  }

  /** The body as text in UTF-8; what is none is replaced. */
  get text() {
    return new TextDecoder().decode(this.body);
  }

  /** The body as JSON. @returns {any} */
  json() {
    try {
      return JSON.parse(this.text);
    } catch (error) {
      throw new HttpError("cut", `the answer is no JSON: ${error}`);
    }
  }

  /** The value of a header. @param {string} name */
  header(name) {
    return header(this.headers, name);
  }

  /** The same, unless its status says that it failed. */
  success() {
    if (this.status >= 200 && this.status < 300) return this;
    throw new HttpError("status", `the server answered with the status ${this.status}`);
  }
}

/** @param {Headers} headers @param {string} name */
function header(headers, name) {
  return headers.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

/**
 * @typedef {object} Options
 * @property {Record<string, string>} [headers]
 * @property {string} [bearer] a token, or the placeholder of a secret that is one
 * @property {any} [json] what is sent as JSON
 * @property {Uint8Array | string} [body]
 * @property {string} [contentType]
 * @property {number} [timeout] milliseconds
 */

/** Sends requests. */
export class Http extends Part {
  /** Asks for what is at an address. @param {string} url @param {Options} [options] */
  get(url, options) {
    return this.request("GET", url, options);
  }

  /** Sends something to an address. @param {string} url @param {Options} [options] */
  post(url, options) {
    return this.request("POST", url, options);
  }

  /**
   * Sends one, and waits for the whole answer, whatever its status.
   * @param {string} method
   * @param {string} url
   * @param {Options} options
   */
  request(method, url, { headers = {}, bearer, json, body = "", contentType, timeout } = {}) {
    /** @type {Headers} */
    const pairs = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    if (bearer !== undefined) pairs.push(["authorization", `Bearer ${bearer}`]);
    const [sent, type] = json === undefined ? [body, contentType] : [JSON.stringify(json), "application/json"];
    if (type !== undefined) pairs.push(["content-type", type]);
    const bytes = typeof sent === "string" ? new TextEncoder().encode(sent) : sent;
    return this.send(new Request(method, url, { headers: pairs, body: bytes, timeout }));
  }

  /** Sends a request, and waits for the whole answer, whatever its status. @param {Request} request @returns {Response} */
  send(request) {
    const answer = send(this.host, request);
    if ("problem" in answer) throw new HttpError(/** @type {Cause} */ (answer.problem), answer.message);
    return new Response(answer.status, answer.body, answer.headers);
  }
}
