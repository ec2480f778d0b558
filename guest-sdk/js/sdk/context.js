/**
 * The context: all that an agent may call while it handles one event. What its owner has not granted throws a `HostError`
 * with the code `denied`.
 */

import { History } from "./history.js";
import { Http } from "./http.js";
import { Log } from "./log.js";
import { Model } from "./model.js";
import { Outbox } from "./outbox.js";
import { Progress } from "./progress.js";
import { Schedule } from "./schedule.js";
import { Secrets } from "./secrets.js";
import { State } from "./state.js";
import { Workspace } from "./workspace.js";

/** The host, as one call of the agent sees it. */
export class Context {
  /** @param {Record<string, any>} host the bindings of each interface that the agent was built with */
  constructor(host) {
    /** Lines for the agent's owner. */
    this.log = new Log("log", host.log);
    /** What the agent remembers. */
    this.state = new State("state", host.state);
    /** What was said in this conversation before. */
    this.history = new History("history", host.history);
    /** Signs of life while a turn runs. */
    this.progress = new Progress("progress", host.progress);
    /** Timers of this conversation. */
    this.schedule = new Schedule("schedule", host.schedule);
    /** Speaking first: messages that answer nothing. */
    this.outbox = new Outbox("outbox", host.outbox);
    /** The agent's files. */
    this.workspace = new Workspace("workspace", host.workspace);
    /** Asking a language model. */
    this.model = new Model("model", host.model);
    /** Requests to the outside. */
    this.http = new Http("http", host.http);
    /** What the owner has stored to be put into requests. */
    this.secrets = new Secrets("secrets", host.secrets);
  }
}
