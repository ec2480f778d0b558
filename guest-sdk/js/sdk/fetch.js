/** The way of a request through `wasi:http`. */

import { payload } from "./failure.js";

/** Bytes that are written, and read, in one call of the host. */
const WRITE = 4096;
const READ = 65536n;

/**
 * Sends a request, and waits for the whole answer, or says why there is none.
 * @param {any} host `wasi:http/types` as `types`, `wasi:http/outgoing-handler` as `handler`; or a function of a test's
 * @param {import("./http.js").Request} request
 * @returns {{ status: number, headers: [string, string][], body: Uint8Array } | { problem: string, message: string }}
 */
export function send(host, request) {
  if (typeof host === "function") return host(request);
  const { types, handler } = host;
  let asked;
  try {
    asked = outgoing(types, request);
  } catch {
    return { problem: "invalid", message: `\`${request.url}\` is no address of the web.` };
  }
  try {
    const options = new types.RequestOptions();
    if (request.timeout !== undefined) {
      options.setFirstByteTimeout(BigInt(Math.round(request.timeout * 1_000_000)));
    }
    const body = asked.body();
    const answer = handler.handle(asked, options);
    write(types, body, request.body);
    const there = answer.subscribe();
    there.block();
    dispose(there);
    const got = answer.get();
    dispose(answer);
    // An option of a result of a result.
    if (got?.tag !== "ok") return { problem: "other", message: "The host gave no answer." };
    if (got.val.tag !== "ok") return told(got.val.val);
    return read(types, got.val.val);
  } catch (thrown) {
    const error = payload(thrown);
    if (error?.tag === undefined) throw thrown;
    return told(error);
  }
}

/** @param {any} types @param {import("./http.js").Request} request */
function outgoing(types, request) {
  const [, scheme, authority, path] = /^(https?):\/\/([^/?#]+)([^#]*)/i.exec(request.url) ?? [];
  if (authority === undefined) throw new TypeError("no address");
  const encoder = new TextEncoder();
  const headers = request.headers.map(([name, value]) => [name, encoder.encode(value)]);
  const asked = new types.OutgoingRequest(types.Fields.fromList(headers));
  asked.setMethod(method(request.method));
  asked.setScheme({ tag: scheme.toLowerCase() === "https" ? "HTTPS" : "HTTP" });
  asked.setAuthority(authority);
  asked.setPathWithQuery(path.startsWith("/") ? path : `/${path}`);
  return asked;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/** @param {string} name */
function method(name) {
  return METHODS.includes(name) ? { tag: name.toLowerCase() } : { tag: "other", val: name };
}

/** Where it cannot be written to its end, the answer says why. @param {any} types @param {any} body @param {Uint8Array} data */
function write(types, body, data) {
  try {
    const stream = body.write();
    for (let start = 0; start < data.length; start += WRITE) {
      stream.blockingWriteAndFlush(data.slice(start, start + WRITE));
    }
    dispose(stream);
    types.OutgoingBody.finish(body, undefined);
  } catch (thrown) {
    if (payload(thrown)?.tag === undefined) throw thrown;
  }
}

/** @param {any} types @param {any} response */
function read(types, response) {
  const status = response.status();
  const decoder = new TextDecoder();
  const headers = response
    .headers()
    .entries()
    .map((/** @type {[string, Uint8Array]} */ [name, value]) => [name, decoder.decode(value)]);
  const body = response.consume();
  const stream = body.stream();
  const pieces = [];
  let size = 0;
  for (;;) {
    try {
      const piece = stream.blockingRead(READ);
      pieces.push(piece);
      size += piece.length;
    } catch (thrown) {
      const error = payload(thrown);
      if (error?.tag === "closed") break;
      if (error?.tag === undefined) throw thrown;
      return { problem: "cut", message: "The answer broke off." };
    }
  }
  dispose(stream);
  const whole = new Uint8Array(size);
  let start = 0;
  for (const piece of pieces) {
    whole.set(piece, start);
    start += piece.length;
  }
  return { status, headers, body: whole };
}

/** Gives a resource back to the host. @param {any} resource */
function dispose(resource) {
  resource[Symbol.dispose ?? Symbol.for("dispose")]?.();
}

/** @type {Record<string, [string, string]>} */
const CAUSES = {
  "HTTP-request-denied": [
    "denied",
    "The owner has not allowed this request: they allow hosts in the terms of the grant `http`, and say of each secret which hosts it is for.",
  ],
  "destination-IP-prohibited": ["prohibited", "The host is in a private network, which is not reached."],
  "connection-limit-reached": ["too-many", "That are too many requests in one turn, or at once."],
  "HTTP-request-URI-invalid": ["invalid", "It cannot be asked so."],
  "HTTP-request-method-invalid": ["invalid", "It cannot be asked so."],
  "HTTP-request-body-size": ["too-large", "The request is too large."],
  "HTTP-response-body-size": ["too-large", "The answer is too large."],
  "DNS-error": ["no-such-host", "There is no such host."],
  "DNS-timeout": ["no-such-host", "There is no such host."],
  "connection-refused": ["unreachable", "The server cannot be reached."],
  "destination-unavailable": ["unreachable", "The server cannot be reached."],
  "connection-timeout": ["timed-out", "The server did not answer in time."],
  "HTTP-response-timeout": ["timed-out", "The server did not answer in time."],
  "HTTP-response-incomplete": ["cut", "The answer broke off, or is none."],
  "HTTP-protocol-error": ["cut", "The answer broke off, or is none."],
  "HTTP-response-content-coding": ["other", "The answer is compressed, though that was not asked for."],
};

/** @param {{ tag: string, val?: any }} error */
function told(error) {
  if (error.tag === "internal-error" && error.val) return { problem: "other", message: error.val };
  const [problem, message] = CAUSES[error.tag] ?? ["other", error.tag];
  return { problem, message };
}
