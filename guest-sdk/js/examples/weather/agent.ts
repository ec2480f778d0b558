/**
 * Tells the weather: asks a server for it, and a language model to say it in the words of whoever asks.
 *
 * Its owner allows it `http` to the server, stores the server's key as the secret `weather`, and sets `url` in its configuration.
 */

import { type Context, type Event, Failure, HttpError, ModelError } from "#cloister";

const SYSTEM =
  "You tell the weather in one sentence, in the language of the question, from what was measured. " +
  "Add nothing that was not measured.";

interface Measured {
  place: string;
  sky: string;
  celsius: number;
}

export function handle(cx: Context, event: Event): string {
  const place = event.text.replace(/^weather in |\?/g, "").trim();
  if (place === "") return "Where?";
  let measured: Measured | undefined;
  try {
    measured = measure(cx, event, place);
  } catch (problem) {
    if (!(problem instanceof HttpError)) throw problem;
    cx.log.warn(problem.message, { cause: problem.problem });
    return "I cannot reach the weather's server now.";
  }
  if (measured === undefined) return `I know of no place called ${place}.`;
  cx.state.conversation.set("place", place);
  return say(cx, event.text, measured);
}

/** What the server measures there, or nothing where it knows no such place. */
function measure(cx: Context, event: Event, place: string): Measured | undefined {
  const { url } = event.settings();
  if (!url) throw Failure.invalid("set `url` in the configuration: the address of the weather's server");
  const key = cx.secrets.placeholder("weather");
  const asked = `${url}/now?place=${encodeURIComponent(place)}`;
  const answer = cx.http.get(asked, { bearer: key, timeout: 10_000 });
  if (answer.status === 404) return undefined;
  const measured = answer.success().json();
  cx.log.info("measured", { place, status: answer.status });
  return measured;
}

/** The weather in words; in plain ones where there is no model to ask. */
function say(cx: Context, question: string, measured: Measured): string {
  try {
    cx.progress.typing();
    const asked = `${question}\n\nMeasured: ${JSON.stringify(measured)}`;
    return cx.model.complete(asked, { system: SYSTEM, maxOutputTokens: 200 }).text;
  } catch (problem) {
    if (!(problem instanceof ModelError)) throw problem;
    cx.log.warn(problem.message, { cause: problem.problem });
    return `${measured.place}: ${measured.sky}, ${measured.celsius} °C.`;
  }
}
