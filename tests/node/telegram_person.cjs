// The same package as a person who writes to a bot, a line after the other: prints what the bot answered, as JSON.
const [url, token, ...lines] = process.argv.slice(2);
const { TelegramClient } = require("telegram-test-api/lib/modules/telegramClient");
const client = new TelegramClient(url, token, { userId: 42, chatId: 42, timeout: 30000, interval: 50 });
(async () => {
  const answers = [];
  for (const line of lines) {
    if (line.startsWith("press ")) await client.sendCallback(client.makeCallbackQuery(line.slice(6)));
    else if (line.startsWith("/")) await client.sendCommand(client.makeCommand(line));
    else await client.sendMessage(client.makeMessage(line));
    const updates = await client.getUpdates();
    answers.push(...updates.result.map(update => update.message.text));
  }
  console.log(JSON.stringify(answers));
})().catch(error => { console.error(error); process.exit(1); });
