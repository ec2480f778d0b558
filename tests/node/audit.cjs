// The audit of GraphQL over HTTP that the npm package `graphql-http` brings: a line of JSON a check.
const { auditServer } = require("graphql-http");

auditServer({ url: process.argv[2] }).then((results) => {
  for (const { id, name, status, reason } of results) {
    console.log(JSON.stringify({ id, name, status, reason }));
  }
});
