// The npm package `discord-interactions`: whether it takes a signature for one of Discord's.
const { verifyKey } = require("discord-interactions");
const [key, timestamp, signature, body] = process.argv.slice(2);
Promise.resolve(verifyKey(Buffer.from(body), signature, timestamp, key)).then(good => console.log(good));
