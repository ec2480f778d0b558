/** Times by the clock, as tests have them: five fields, UTC. */

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
/** The least and the greatest of each field, and its names. @type {[number, number, string[], number][]} */
const FIELDS = [
  [0, 59, [], 0],
  [0, 23, [], 0],
  [1, 31, [], 0],
  [1, 12, MONTHS, 1],
  [0, 7, DAYS, 0],
];
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** No cron names a minute that is further away, such as the 29th of February. */
const FURTHEST = 366 * 8 * DAY;

/** What a text of five fields names. A `RangeError` says what is wrong with one. */
export class Cron {
  #text;
  #sets;
  #either;

  /** @param {string} text */
  constructor(text) {
    const fields = text.trim().split(/\s+/);
    if (fields.length !== FIELDS.length) throw new RangeError(`\`${text}\` has not five fields`);
    this.#text = text;
    this.#sets = fields.map((field, place) => values(field, FIELDS[place]));
    if (this.#sets[4].has(7)) this.#sets[4].add(0);
    // Where both are given, either will do.
    this.#either = !fields[2].startsWith("*") && !fields[4].startsWith("*");
  }

  /** The first minute after a time. @param {number} milliseconds @returns {number} */
  after(milliseconds) {
    const [minutes, hours] = this.#sets;
    const first = (Math.floor(milliseconds / MINUTE) + 1) * MINUTE;
    for (let then = first; then < first + FURTHEST; ) {
      const at = new Date(then);
      if (!this.#namesDay(at)) then = (Math.floor(then / DAY) + 1) * DAY;
      else if (hours.has(at.getUTCHours()) && minutes.has(at.getUTCMinutes())) return then;
      else then += MINUTE;
    }
    throw new RangeError(`\`${this.#text}\` names no minute`);
  }

  /** @param {Date} at */
  #namesDay(at) {
    const [, , days, months, weekdays] = this.#sets;
    if (!months.has(at.getUTCMonth() + 1)) return false;
    const [day, weekday] = [days.has(at.getUTCDate()), weekdays.has(at.getUTCDay())];
    return this.#either ? day || weekday : day && weekday;
  }
}

/** @param {string} field @param {[number, number, string[], number]} known */
function values(field, [least, greatest, names, from]) {
  /** @param {string} text */
  const number = (text) => {
    const place = names.indexOf(text.toUpperCase());
    const value = place >= 0 ? place + from : /^\d+$/.test(text) ? Number(text) : -1;
    if (value < least || value > greatest) throw new RangeError(`\`${field}\` is no field of a cron`);
    return value;
  };
  /** @type {Set<number>} */
  const all = new Set();
  for (const part of field.split(",")) {
    const [span, step] = part.split("/");
    if (step !== undefined && !/^[1-9]\d*$/.test(step)) throw new RangeError(`\`${field}\` is no field of a cron`);
    const [begin, end] = span.split("-");
    const first = span === "*" ? least : number(begin);
    const last = span === "*" ? greatest : end !== undefined ? number(end) : step !== undefined ? greatest : first;
    for (let value = first; value <= last; value += Number(step ?? 1)) all.add(value);
  }
  return all;
}
