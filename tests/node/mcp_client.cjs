// A client of the npm package `@modelcontextprotocol/sdk`: what it makes of a server's tools, and of its answers.
const { Client } = require("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = require("@modelcontextprotocol/sdk/client/streamableHttp.js");

const print = (value) => console.log(JSON.stringify(value));

(async () => {
  const client = new Client({ name: "test", version: "1.0.0" });
  await client.connect(new StreamableHTTPClientTransport(new URL(process.argv[2])));
  const { tools } = await client.listTools();
  print({ server: client.getServerVersion().name, tools: tools.map(({ name }) => name) });
  const { content, isError } = await client.callTool({ name: "say", arguments: { text: "hello" } });
  print({ content, isError });
  try {
    await client.callTool({ name: "nothing", arguments: {} });
  } catch (error) {
    print({ code: error.code });
  }
  await client.close();
})();
