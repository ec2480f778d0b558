// The npm package `openai` as a client: an answer whole, one as a stream, a call of a tool in both ways, and a refusal.
const OpenAI = require("openai");

const client = new OpenAI({ baseURL: process.argv[2], apiKey: "sk-test", maxRetries: 0 });
const request = { model: "some-model", messages: [{ role: "user", content: "Hello" }] };
const print = (value) => console.log(JSON.stringify(value));

const told = (choice, usage) => print({
  text: choice.message.content,
  reason: choice.finish_reason,
  tokens: [usage.prompt_tokens, usage.completion_tokens],
});
const called = (choice) => {
  const { name, arguments: text } = choice.message.tool_calls[0].function;
  print({ call: [name, text], reason: choice.finish_reason });
};
const streamed = async () => {
  const message = { content: "", tool_calls: [] };
  let reason, usage;
  const options = { stream: true, stream_options: { include_usage: true } };
  for await (const chunk of await client.chat.completions.create({ ...request, ...options })) {
    usage = chunk.usage ?? usage;
    for (const { delta, finish_reason } of chunk.choices) {
      message.content += delta.content ?? "";
      message.tool_calls.push(...(delta.tool_calls ?? []));
      reason = finish_reason ?? reason;
    }
  }
  return { choices: [{ message, finish_reason: reason }], usage };
};

(async () => {
  const whole = await client.chat.completions.create(request);
  told(whole.choices[0], whole.usage);
  const stream = await streamed();
  told(stream.choices[0], stream.usage);
  called((await client.chat.completions.create(request)).choices[0]);
  called((await streamed()).choices[0]);
  try {
    await client.chat.completions.create(request);
  } catch (error) {
    print({ status: error.status, message: error.message });
  }
})();
