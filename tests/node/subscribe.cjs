// The npm package `graphql-ws` as a client: subscribes to a conversation and prints what comes, a line of JSON each; then
// how it ended.
const { createClient } = require("graphql-ws");
const WebSocket = require("ws");

const [url, token, conversationId] = process.argv.slice(2);
const client = createClient({
  url,
  webSocketImpl: WebSocket,
  connectionParams: token ? { Authorization: `Bearer ${token}` } : undefined,
  retryAttempts: 0,
  on: { closed: ({ code, reason }) => console.log(JSON.stringify({ closed: code, reason })) },
});

client.subscribe(
  {
    query: `subscription ($conversationId: ID!) {
      messageAdded(conversationId: $conversationId) { direction text contact { platformUserId } turn { id } }
    }`,
    variables: { conversationId },
  },
  {
    next: (answer) => console.log(JSON.stringify(answer)),
    error: (error) => console.log(JSON.stringify({ error: Array.isArray(error) ? error : String(error?.code ?? error) })),
    complete: () => console.log(JSON.stringify({ complete: true })),
  },
);
