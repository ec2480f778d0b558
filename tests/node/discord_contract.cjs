// The npm package `discord-api-spec`, which is made of Discord's own OpenAPI document: every request of a file, one JSON object
// a line, is held against the operation that the document has for it. It prints the operations, and ends badly where a
// request is none, or has what the document does not know.
const assert = require("assert");
const fs = require("fs");
const path = require("path");
const { pathToFileURL } = require("url");
const build = path.join(process.env.NODE_PATH, "discord-api-spec", "build");

// What the package knows of operations are types: `"/path": { method: { parameters: {…}; requestBody?: …; … } }`.
const operations = () => {
  const types = fs.readFileSync(path.join(build, "discord-api-spec.ts"), "utf8");
  const paths = types.slice(types.indexOf("export interface Paths {"));
  const found = [];
  for (const [, template, methods] of paths.matchAll(/^ {2}"(\/[^"]*)": \{\n(.*?)^ {2}\};\n/gms)) {
    for (const [, method, text] of methods.matchAll(/^ {4}(get|put|post|patch|delete): \{\n(.*?)^ {4}\};\n/gms)) {
      const names = what => {
        const fields = text.match(new RegExp(`^ {8}${what}\\?: \\{\\n(.*?)^ {8}\\};`, "ms"));
        return [...(fields?.[1] ?? "").matchAll(/^ {10}(\w+)\??: ([^;]+);/gm)];
      };
      const body = text.match(/^ {6}requestBody\?:([^;]*);/ms)[1];
      found.push({
        name: `${method.toUpperCase()} ${template}`, method: method.toUpperCase(), template,
        path: new Map(names("path").map(([, name, type]) => [name, type])),
        query: new Map(names("query").map(([, name, type]) => [name, type])),
        bodies: body.split("|").map(name => name.trim()).filter(name => name && name !== "undefined"),
      });
    }
  }
  return found;
};

const fits = (operation, segments) => {
  const wanted = operation.template.split("/");
  return wanted.length === segments.length
    && wanted.every((part, at) => part.startsWith("{") ? segments[at] !== "" : part === segments[at]);
};
// Of `@original` and `{message_id}` the one that says more is meant.
const open = operation => [...operation.template.matchAll(/\{/g)].length;

(async () => {
  const schemas = await import(pathToFileURL(path.join(build, "discord-api-spec.zod.js")));
  const known = operations();
  assert(known.length > 150, `only ${known.length} operations were read`);
  const is = (type, text) => {
    if (type === "SnowflakeType") return schemas.SnowflakeTypeSchema.safeParse(text).success;
    if (type === "number") return /^\d+$/.test(text);
    return type === "string" || type === "boolean" && /^(true|false)$/.test(text);
  };
  const check = ({ what, query, body }) => {
    const [method, address] = what.split(" ");
    const segments = address.split("/");
    const meant = known.filter(one => one.method === method && fits(one, segments)).sort((a, b) => open(a) - open(b))[0];
    assert(meant, "Discord has no such operation");
    meant.template.split("/").forEach((part, at) => {
      if (part.startsWith("{")) assert(is(meant.path.get(part.slice(1, -1)), segments[at]), `${part} is wrong`);
    });
    for (const [name, value] of new URLSearchParams(query)) {
      assert(meant.query.has(name) && is(meant.query.get(name), value), `the query's ${name} is wrong`);
    }
    const { files, ...fields } = body ?? {};
    if (meant.bodies.length === 0) {
      assert.strictEqual(body, null, "it takes no body");
      return meant.name;
    }
    const tried = meant.bodies.map(name => schemas[`${name}Schema`].safeParse(fields));
    const taken = tried.find(one => one.success);
    assert(taken, JSON.stringify(tried.map(one => one.error?.issues)));
    // What a schema does not know it leaves out.
    assert.deepStrictEqual(taken.data, fields, "it has fields that the document does not know");
    return meant.name;
  };
  const requests = fs.readFileSync(process.argv[2], "utf8").trim().split("\n").map(line => JSON.parse(line));
  const names = new Set(requests.map(request => {
    try { return check(request); } catch (error) {
      throw new Error(`${JSON.stringify(request)}: ${error.message}`);
    }
  }));
  console.log([...names].sort().join("\n"));
})().catch(error => { console.error(error); process.exit(1); });
