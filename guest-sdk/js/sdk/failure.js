/**
 * A failure: why an agent could not do its work. Its owner sees it, the contact gets an apology.
 *
 * What the host answers when it refuses a call is a `HostError`; one that the agent leaves alone becomes a failure of the
 * same kind.
 */

/**
 * @typedef {"invalid-input" | "denied" | "not-found" | "unavailable" | "limit" | "internal" | "other"} FailureCode
 * @typedef {"denied" | "invalid" | "not-found" | "limit" | "conflict" | "unavailable" | "unsupported" | "other"} ErrorCode
 */

/** Thrown by an agent that cannot do its work. */
export class Failure extends Error {
  /**
   * @param {string} message
   * @param {FailureCode} code
   * @param {{ retryable?: boolean }} options whether the same event may be tried again
   */
  constructor(message, code = "other", { retryable = false } = {}) {
    super(message);
    this.name = "Failure";
    this.code = code;
    this.retryable = retryable;
  }

  /** What came in cannot be handled. @param {string} message */
  static invalid(message) {
    return new Failure(message, "invalid-input");
  }

  /** Something that was named does not exist. @param {string} message */
  static notFound(message) {
    return new Failure(message, "not-found");
  }

  /** Something outside did not answer; the host may try the event again. @param {string} message */
  static unavailable(message) {
    return new Failure(message, "unavailable", { retryable: true });
  }

  /** A mistake in the agent. @param {string} message */
  static internal(message) {
    return new Failure(message, "internal");
  }

  /** As the contract has it. */
  toWit() {
    const { code, message, retryable } = this;
    return { code, message, retryable, metadata: [] };
  }
}

/** What an agent may handle, and what becomes a failure where it does not. */
export class Refused extends Error {
  /** @returns {Failure} */
  asFailure() {
    return Failure.internal(this.message);
  }
}

/** The agent was built without a capability that it uses. */
export class NotBuiltIn extends Refused {
  /** @param {string} capability */
  constructor(capability) {
    super(
      `this agent was built without \`${capability}\`: add it to \`capabilities\` in cloister.toml, and build again`,
    );
    this.name = "NotBuiltIn";
  }
}

/**
 * A call that the host finds invalid is the agent's mistake, not that of who wrote to it.
 * @type {Record<string, FailureCode>}
 */
const FAILURES = {
  denied: "denied",
  "not-found": "not-found",
  limit: "limit",
  unavailable: "unavailable",
  invalid: "internal",
  conflict: "internal",
  unsupported: "internal",
};

/** The host did not do what it was asked. */
export class HostError extends Refused {
  /**
   * @param {ErrorCode} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = "HostError";
    this.code = code;
  }

  asFailure() {
    const code = FAILURES[this.code] ?? "other";
    return new Failure(this.message, code, { retryable: code === "unavailable" });
  }
}

/**
 * What the host answered in place of a result: the generated bindings throw it bare, or wrapped.
 * @param {any} thrown
 */
export function payload(thrown) {
  return thrown?.payload ?? thrown;
}

/**
 * Makes a call of the host, whose refusal is a `HostError`.
 * @template T
 * @param {() => T} call
 * @returns {T}
 */
export function ask(call) {
  try {
    return call();
  } catch (thrown) {
    const error = refusal(thrown);
    throw new HostError(error.code, error.message);
  }
}

/**
 * Makes a call of the host whose refusal is no matter.
 * @param {() => void} call
 */
export function attempt(call) {
  try {
    call();
  } catch (thrown) {
    refusal(thrown);
  }
}

/** What the host refused a call with; throws what is no refusal. @param {any} thrown */
function refusal(thrown) {
  const error = payload(thrown);
  if (error instanceof Error || error?.code === undefined) throw thrown;
  return error;
}
