/**
 * An in-memory host, for tests that take neither a host nor WebAssembly.
 *
 *     import * as agent from "../agent.js";
 *     import { Host } from "#cloister/testing";
 *
 *     const host = new Host(agent);
 *     assert.deepEqual((await host.say("good morning")).texts, ["Hello! You said: good morning"]);
 *
 * It keeps what a turn changes when the turn ends well, and puts it back when it fails. Its clock moves only by `advance`, and
 * shows UTC in every time zone.
 */

export { Host, Said } from "./testing/host.js";
