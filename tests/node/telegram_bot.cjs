// The npm package `grammy`, with which bots are written, against a server of the Bot API: it checks what it is answered.
const { Bot, GrammyError, InputFile } = require("grammy");
const assert = require("assert");
const [url, token, username] = process.argv.slice(2);
const bot = new Bot(token, { client: { apiRoot: url } });
const refused = async (promise, code, check = () => {}) => {
  try { await promise; } catch (error) {
    assert(error instanceof GrammyError, String(error));
    assert.strictEqual(error.error_code, code);
    return check(error);
  }
  assert.fail(`not refused with ${code}`);
};
(async () => {
  const me = await bot.api.getMe();
  assert.strictEqual(me.username, username);
  assert(me.is_bot);
  await refused(new Bot("1:" + "x".repeat(35), { client: { apiRoot: url } }).api.getMe(), 401);
  const sent = await bot.api.sendMessage(42, "hi", { parse_mode: "HTML" });
  assert(sent.message_id > 0 && sent.chat.id === 42 && sent.text === "hi");
  await refused(bot.api.sendMessage(42, "slow"), 429, error => assert.strictEqual(error.parameters.retry_after, 7));
  const document = await bot.api.sendDocument(42, new InputFile(Buffer.from("contents"), "note.txt"));
  assert(document.message_id > sent.message_id);
  assert.strictEqual(await bot.api.sendChatAction(42, "typing"), true);
  await bot.api.setWebhook("https://agents.example/hook", { secret_token: "s" });
  assert.strictEqual((await bot.api.getWebhookInfo()).url, "https://agents.example/hook");
  await refused(bot.api.getUpdates(), 409);
  await bot.api.deleteWebhook();

  // Long polling as bots do it: the library asks, confirms and dispatches.
  const heard = new Promise((resolve, reject) => {
    const texts = [];
    bot.on("message:text", context => { texts.push(context.message.text); if (texts.length === 2) resolve(texts); });
    bot.catch(reject);
  });
  bot.start().catch(() => {});
  console.error("polling");
  assert.deepStrictEqual(await heard, ["one", "two"]);
  await bot.stop();
  console.log("done");
})().catch(error => { console.error(error); process.exit(1); });
