// Starts GraphiQL on this host's own address, with the session of the browser, and a few queries that run.
"use strict";

const examples = [
  `# Who am I, and what is there? Press Ctrl+Enter (Cmd+Enter on a Mac), or the button with the triangle.
# Keys: Ctrl+Space completes; the book at the left opens the documentation.
query Here {
  viewer {
    id
    name
    email
  }
  projects {
    nodes {
      slug
      agents(first: 10) {
        nodes {
          id
          name
          status
        }
      }
      channels(first: 10) {
        nodes {
          id
          kind
          name
          status
        }
      }
    }
  }
}
`,
  `# What were the agents' latest turns, how long did they take, and what was said?
query LatestTurns {
  agents(first: 10) {
    nodes {
      name
      turns(first: 5) {
        nodes {
          status
          queueMillis
          guestMicros
          hostCalls
          errorCode
          message {
            text
          }
          replies {
            text
          }
        }
      }
    }
  }
}
`,
  `# Which modules are there, and what do they ask for?
query Modules {
  modules(first: 20) {
    nodes {
      id
      size
      interfaceVersion
      capabilities
      createdAt
    }
  }
}
`,
];

const url = location.pathname;

// One socket an operation: subscriptions are few here, and each ends with its tab.
function subscribe(params, headers) {
  return {
    subscribe(sink) {
      const address = new URL(url, location.href);
      address.protocol = address.protocol.replace("http", "ws");
      const socket = new WebSocket(address, "graphql-transport-ws");
      const send = (message) => socket.send(JSON.stringify(message));
      socket.onopen = () => send({ type: "connection_init", payload: headers });
      socket.onmessage = (event) => {
        const message = JSON.parse(event.data);
        if (message.type === "connection_ack") send({ id: "1", type: "subscribe", payload: params });
        else if (message.type === "ping") send({ type: "pong" });
        else if (message.type === "next") sink.next(message.payload);
        else if (message.type === "error") sink.error(message.payload);
        else if (message.type === "complete") sink.complete();
      };
      socket.onclose = (event) => {
        if (event.code === 1000) sink.complete();
        else sink.error(new Error(`the socket closed: ${event.code} ${event.reason}`));
      };
      return { unsubscribe: () => socket.close(1000) };
    },
  };
}

function isSubscription(params, document) {
  const operations = (document?.definitions ?? []).filter((one) => one.kind === "OperationDefinition");
  const named = operations.find((one) => one.name?.value === params.operationName);
  return (named ?? operations[0])?.operation === "subscription";
}

async function ask(params, headers) {
  const response = await fetch(url, {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json", accept: "application/json", ...headers },
    body: JSON.stringify(params),
  });
  return response.json();
}

function fetcher(params, options) {
  const headers = options?.headers ?? {};
  return isSubscription(params, options?.documentAST) ? subscribe(params, headers) : ask(params, headers);
}

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultTabs: examples.map((query) => ({ query })),
    defaultQuery: examples[0],
    shouldPersistHeaders: false,
    isHeadersEditorEnabled: true,
    defaultEditorToolsVisibility: "variables",
  }),
);
