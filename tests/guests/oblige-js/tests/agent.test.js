/** The in-memory host, against an agent that uses all of it. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { HttpError, Response } from "#cloister";
import { Host } from "#cloister/testing";
import { Cron } from "../.cloister/sdk/testing/cron.js";
import * as agent from "../agent.js";

const said = async (host, text) => (await host.say(text)).texts.join(" / ");

test("state has two scopes and is put back", async () => {
  const host = new Host(agent);
  assert.equal(await said(host, "remember a"), "1 1 a");
  host.openConversation();
  assert.equal(await said(host, "remember a"), "2 1 a");
  await assert.rejects(host.say("half_done"), { code: "internal" });
  assert.equal(await said(host, "forget half"), "false");
  assert.deepEqual(host.sent, []);
});

test("history has what was said", async () => {
  const host = new Host(agent);
  await host.say("one");
  assert.equal(await said(host, "recall 5"), "contact: one | agent: one");
});

test("timers come due by the test's clock", async () => {
  const host = new Host(agent);
  assert.equal(await said(host, "later tea"), "soon");
  assert.deepEqual(await host.advance(9), []);
  const [fired] = await host.advance(1);
  assert.deepEqual([fired.name, fired.said.texts], ["soon", ["soon: tea"]]);
  assert.deepEqual(await host.advance(86_400_000), []);
});

test("timers that repeat come at each of their slots", async () => {
  const host = new Host(agent);
  assert.equal(await said(host, "daily all"), "news 30 8 * * MON-FRI 510");
  // The first of January 2026 is a Thursday.
  const fired = await host.advance(7 * 86_400_000);
  assert.deepEqual(fired.map(({ said }) => said.texts), Array(5).fill(["news: all"]));
  assert.deepEqual([await said(host, "stop news"), await said(host, "stop news")], ["true", "false"]);
  assert.deepEqual(await host.advance(7 * 86_400_000), []);
  for (const wrong of ["", "* * * *", "60 * * * *", "* * * * MUN", "1-x * * * *", "*/0 * * * *", "0 0 30 2 *"]) {
    assert.throws(() => new Cron(wrong).after(0), RangeError, wrong);
  }
});

test("speaking first and files", async () => {
  const host = new Host(agent);
  await host.say("speak up");
  assert.deepEqual(host.sent.map(({ reply }) => reply.text), ["first: up"]);
  assert.equal(await said(host, "keep it"), "notes/one.txt it! false");
});

test("a model answers what the test says", async () => {
  const host = new Host(agent).answering("yes", "one two three");
  assert.equal(await said(host, "ask you?"), "yes (stop)");
  assert.equal(await said(host, "stream it"), "3 pieces: one two three");
  assert.deepEqual(host.signs, ["one ", "one two ", "one two three"]);
  assert.match(await said(host, "ask you?"), /unavailable/);
  assert.match(await said(new Host(agent), "ask you?"), /ModelError not-configured/);
});

test("servers answer what the test says", async () => {
  const host = new Host(agent).withHttp((asked) => new Response(200, asked.body));
  assert.equal(await said(host, "fetch POST https://a.example/ body"), "200 undefined body");
  assert.equal(host.requests[0].header("authorization"), "Bearer {{secret:key}}");
  host.withHttp(() => {
    throw new HttpError("unreachable", "It is away.");
  });
  assert.match(await said(host, "fetch GET https://a/"), /unreachable: It is away\./);
});

test("what is denied is a typed error", async () => {
  const host = new Host(agent, { denied: ["state", "model", "http", "workspace", "history"] }).answering("no");
  for (const text of ["remember a", "ask a", "fetch GET https://a/", "keep a", "recall 1"]) {
    assert.match(await said(host, text), /denied/, text);
  }
});

test("buttons and files of replies", async () => {
  const host = new Host(agent);
  const { replies } = await host.say("offer tea coffee");
  assert.deepEqual(replies[0].choices.map(({ value }) => value), ["tea", "coffee"]);
  assert.deepEqual(replies[1].attachments[0].source.val, new TextEncoder().encode("a"));
  assert.deepEqual((await host.press("tea")).texts, ["You chose tea."]);
});

test("a mistake is the test's to see", async () => {
  await assert.rejects(new Host(agent).say("divide 0"), RangeError);
});
