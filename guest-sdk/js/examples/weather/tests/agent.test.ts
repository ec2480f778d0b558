import assert from "node:assert/strict";
import { test } from "node:test";

import { HttpError, Response } from "#cloister";
import { Host } from "#cloister/testing";
import * as agent from "../agent.js";

const server = { configuration: { url: "https://weather.example" } };
const measured = { place: "Bern", sky: "rain", celsius: 8 };
const answer = () => new Response(200, JSON.stringify(measured));

test("it asks the server and the model", async () => {
  const host = new Host(agent, server).withHttp(answer).answering("In Bern it rains, at 8 °C.");
  const said = await host.say("weather in Bern?");
  assert.deepEqual(said.texts, ["In Bern it rains, at 8 °C."]);
  const [asked] = host.requests;
  assert.equal(asked.url, "https://weather.example/now?place=Bern");
  assert.equal(asked.header("authorization"), "Bearer {{secret:weather}}");
  assert.match(host.asked[0].messages[1].parts[0].val, /"celsius":8/);
  const [[, place]] = [...host.kept.conversationState];
  assert.equal(new TextDecoder().decode(place.get("place")), '"Bern"');
});

test("without a model it says so in plain words", async () => {
  const host = new Host(agent, server).withHttp(answer);
  assert.deepEqual((await host.say("Bern")).texts, ["Bern: rain, 8 °C."]);
  assert.deepEqual(host.log.at(-1)?.fields, { cause: "not-configured" });
});

test("a place that nobody knows", async () => {
  const host = new Host(agent, server).withHttp(() => new Response(404));
  assert.deepEqual((await host.say("Atlantis")).texts, ["I know of no place called Atlantis."]);
  assert.equal(host.kept.conversationState.size, 0);
});

test("a server that does not answer", async () => {
  const late = new Host(agent, server).withHttp(() => {
    throw new HttpError("timed-out", "The server did not answer in time.");
  });
  assert.deepEqual((await late.say("Bern")).texts, ["I cannot reach the weather's server now."]);
  // Where no host is allowed, it is no different.
  assert.deepEqual((await new Host(agent, server).say("Bern")).texts, ["I cannot reach the weather's server now."]);
});

test("a configuration that lacks the server", async () => {
  await assert.rejects(new Host(agent).say("Bern"), /set `url`/);
});
