// A server of the npm package `@modelcontextprotocol/sdk`, over streamable HTTP with sessions. Prints its port, and then each
// call of a tool with what it was asked with.
const { randomUUID } = require("node:crypto");
const http = require("node:http");
const { Server } = require("@modelcontextprotocol/sdk/server/index.js");
const { StreamableHTTPServerTransport } = require("@modelcontextprotocol/sdk/server/streamableHttp.js");
const { CallToolRequestSchema, ListToolsRequestSchema } = require("@modelcontextprotocol/sdk/types.js");

const print = (value) => console.log(JSON.stringify(value));
const text = (text) => ({ content: [{ type: "text", text }] });
const nothing = { type: "object", properties: {} };
const numbers = { type: "object", properties: { a: { type: "integer" }, b: { type: "integer" } }, required: ["a", "b"] };
const sum = { type: "object", properties: { sum: { type: "integer" } }, required: ["sum"] };
const tools = {
  add: {
    description: "Adds two numbers", inputSchema: numbers, outputSchema: sum,
    run: ({ a, b }) => ({ ...text(String(a + b)), structuredContent: { sum: a + b } }),
  },
  "say.again": {
    description: "Says it again", inputSchema: { type: "object", properties: { text: { type: "string" } } },
    run: ({ text: said }) => text(said),
  },
  fail: {
    description: "Fails", inputSchema: nothing, run: () => ({ ...text("it went wrong"), isError: true }),
  },
  whoami: {
    description: "Tells what it was asked with", inputSchema: nothing,
    run: (_, headers) => text(`asked with ${headers.authorization}`),
  },
  picture: {
    description: "Shows a picture", inputSchema: nothing,
    run: () => ({ content: [{ type: "text", text: "Here:" }, { type: "image", data: "AAAA", mimeType: "image/png" }] }),
  },
};

const made = () => {
  const server = new Server({ name: "peer", version: "1.0.0" }, { capabilities: { tools: {} } });
  const shown = ([name, { run, ...tool }]) => ({ name, ...tool });
  // In pages of two.
  server.setRequestHandler(ListToolsRequestSchema, ({ params }) => {
    const from = Number(params?.cursor ?? 0);
    const all = Object.entries(tools).map(shown);
    const more = from + 2 < all.length ? { nextCursor: String(from + 2) } : {};
    return { tools: all.slice(from, from + 2), ...more };
  });
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { requestInfo }) => {
    print({ call: params.name, arguments: params.arguments });
    return tools[params.name].run(params.arguments ?? {}, requestInfo.headers);
  });
  return server;
};

const sessions = new Map();
const server = http.createServer(async (request, response) => {
  let transport = sessions.get(request.headers["mcp-session-id"]);
  if (!transport) {
    transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => sessions.set(id, transport),
      onsessionclosed: (id) => print({ closed: sessions.delete(id) }),
    });
    await made().connect(transport);
  }
  await transport.handleRequest(request, response);
});
server.listen(0, "127.0.0.1", () => print({ port: server.address().port }));
