// The npm package `telegram-test-api`, a server of the Bot API, on a port.
const TelegramServer = require("telegram-test-api");
new TelegramServer({ host: "127.0.0.1", port: Number(process.argv[2]), storeTimeout: 600 }).start();
