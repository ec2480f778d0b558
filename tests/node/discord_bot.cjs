// The npm packages `@discordjs/rest` and `@discordjs/ws`, with which bots are written, against a Discord: they check what
// they are answered. Each line that it prints asks the test for the next thing to happen.
const { REST, DiscordAPIError } = require("@discordjs/rest");
const { WebSocketManager, WebSocketShardEvents } = require("@discordjs/ws");
const assert = require("assert");
const [url, token, bot] = process.argv.slice(2);
const api = url.replace(/\/v10$/, "");
const rest = new REST({ api, version: "10" }).setToken(token);
const refused = async (promise, status) => {
  try { await promise; } catch (error) {
    assert(error instanceof DiscordAPIError, String(error));
    return assert.strictEqual(error.status, status);
  }
  assert.fail(`not refused with ${status}`);
};
(async () => {
  assert.strictEqual((await rest.get("/users/@me")).id, bot);
  assert((await rest.get("/applications/@me")).verify_key.length === 64);
  await refused(new REST({ api, version: "10" }).setToken("wrong").get("/users/@me"), 401);
  const body = { content: "hi", nonce: "n1", enforce_nonce: true };
  const sent = await rest.post("/channels/55/messages", { body });
  assert.strictEqual((await rest.post("/channels/55/messages", { body })).id, sent.id);
  await rest.patch(`/channels/55/messages/${sent.id}`, { body: { content: "hi!" } });
  await refused(rest.post("/channels/55/messages", { body: { content: "" } }), 400);
  const files = [{ name: "note.txt", data: Buffer.from("contents") }];
  await rest.post("/channels/55/messages", { body: { content: "file" }, files });
  // Its own queue waits for what the fake says of its limits, and sends again.
  const limited = new Promise(resolve => rest.on("rateLimited", resolve));
  const slow = rest.post("/channels/56/messages", { body: { content: "slow" } });
  assert((await limited).timeToReset >= 900);
  await slow;

  const events = [];
  let wake = () => {};
  const until = async what => { while (!events.some(what)) await new Promise(resolve => { wake = resolve; }); };
  const manager = new WebSocketManager({
    token, intents: 1 | 512 | 4096 | 32768, rest,
  });
  manager.on(WebSocketShardEvents.Dispatch, (...given) => {
    const data = given[0].data ?? given[0];
    events.push(data); wake();
  });
  manager.on(WebSocketShardEvents.Error, (...given) => { console.error(given); });
  await manager.connect();
  await until(event => event.t === "READY");
  console.log("ready");
  await until(event => event.t === "MESSAGE_CREATE" && event.d.content === "one");
  console.log("cut");
  await until(event => event.t === "RESUMED");
  await until(event => event.t === "MESSAGE_CREATE" && event.d.content === "two");
  console.log("done");
  await manager.destroy();
  process.exit(0);
})().catch(error => { console.error(error); process.exit(1); });
