import assert from "node:assert/strict";
import { test } from "node:test";

import { Host } from "#cloister/testing";
import * as agent from "../agent.js";

test("it says hello", async () => {
  const host = new Host(agent);
  const said = await host.say("good morning");
  assert.deepEqual(said.texts, ["Hello! You said: good morning"]);
  assert.equal(host.log[0].message, "someone is here");
});
