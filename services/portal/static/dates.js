/**
 * Civil dates as ISO text that keep their precision: shown as d/m/yyyy, m/yyyy, yyyy. Instants are shown in Viet Nam's time.
 * A partial date is '2019', '2019-05', '~2019' (about), '..2019-05-01' (at the latest), or '' (unknown).
 */

import { t } from './words.js';

/** @typedef {'day' | 'month' | 'year'} Unit */

export const FIRST = '0001-01-01';
export const LAST = '9999-12-31';
const HOURS_AHEAD = 7;

/** @param {number} number */
const two = (number) => String(number).padStart(2, '0');
/** @type {(year: number, month: number, day: number) => string} */
const iso = (year, month, day) => `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
/** @type {(year: number, month: number) => number} */
const lastOfMonth = (year, month) => new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();

export function today() {
  return new Date(Date.now() + HOURS_AHEAD * 3600e3).toISOString().slice(0, 10);
}

/**
 * 30/6/2025, 30-6-2025, 30.6.2025, 30062025 or 2025-06-30 as ISO; '' when it is no day of the calendar.
 * @param {string} text
 */
export function parse(text) {
  const written = text.trim();
  const year = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(written);
  const day = /^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})$/.exec(written) ?? /^(\d{2})(\d{2})(\d{4})$/.exec(written);
  const [y, m, d] = (year ? [year[1], year[2], year[3]] : day ? [day[3], day[2], day[1]] : []).map(Number);
  return y >= 1 && m >= 1 && m <= 12 && d >= 1 && d <= lastOfMonth(y, m) ? iso(y, m, d) : '';
}

/**
 * The day so many days, months or years on; a month too short gives its last day.
 * @param {string} day
 * @param {Unit} unit
 * @param {number} count negative: back
 */
export function shift(day, unit, count) {
  let [y, m, d] = day.split('-').map(Number);
  if (unit === 'day') {
    const shifted = new Date(Date.UTC(2000, m - 1, d));
    shifted.setUTCFullYear(y, m - 1, d + count);
    [y, m, d] = [shifted.getUTCFullYear(), shifted.getUTCMonth() + 1, shifted.getUTCDate()];
  } else {
    const months = y * 12 + m - 1 + count * (unit === 'year' ? 12 : 1);
    [y, m] = [Math.floor(months / 12), (months % 12) + 1];
    d = Math.min(d, lastOfMonth(y, m));
  }
  return y < 1 ? FIRST : y > 9998 ? LAST : iso(y, m, d);
}

/**
 * A date as people write it. An unknown date says so.
 * @param {string | undefined} date
 * @returns {string}
 */
export function show(date) {
  if (!date || date === '~' || date === FIRST) return t('unknownDate');
  if (date === LAST) return t('now');
  if (date.startsWith('~')) return t('about', show(date.slice(1)));
  if (date.startsWith('..')) return t('atLatest', show(date.slice(2)));
  return date.split('-').map(Number).reverse().join('/');
}

/**
 * An instant in Viet Nam's civil time: d/m/yyyy h:mm.
 * @param {string} instant
 */
export function showInstant(instant) {
  const zoned = /T.*(Z|[+-]\d\d:?\d\d)$/.test(instant);
  const moment = new Date(zoned ? instant : `${instant}+07:00`);
  if (Number.isNaN(moment.getTime())) return instant || t('unknownDate');
  const there = new Date(moment.getTime() + HOURS_AHEAD * 3600e3).toISOString();
  return `${show(there.slice(0, 10))} ${there.slice(11, 16)}`;
}

/**
 * The `known_at` of the address in words: a day (to its end), or a moment.
 * @param {string} known
 */
export function showKnown(known) {
  return known.length === 10 ? t('endOfDay', show(known)) : showInstant(known);
}

/**
 * A day, a day with a time, or an ISO instant as `known_at`; '' when it is none of them.
 * @param {string} text
 */
export function parseKnown(text) {
  const written = text.trim();
  const moment = /^(.+?)[ T](\d{1,2}):(\d{2})$/.exec(written);
  const day = parse(moment ? moment[1] : written);
  if (moment) return day && Number(moment[2]) < 24 && Number(moment[3]) < 60 ? `${day}T${two(Number(moment[2]))}:${moment[3]}` : '';
  return day || (/^\d{4}-\d{2}-\d{2}T/.test(written) && !Number.isNaN(Date.parse(written)) ? written : '');
}

/**
 * The `known_at` of the address as it is put into its field; `parseKnown` reads it again.
 * @param {string} known
 */
export const editKnown = (known) => (known.length === 10 ? show(known) : showInstant(known));

/**
 * The first day a partial date can mean; '' when it can mean any.
 * @param {string} date
 */
export function earliest(date) {
  /** @type {Record<number, string>} */
  const byLength = { 10: date, 7: `${date}-01`, 4: `${date}-01-01` };
  return byLength[date.length] ?? '';
}

/**
 * The last day a partial date can mean; '' when it can mean any.
 * @param {string} date
 */
export function latest(date) {
  if (date.startsWith('..')) return date.slice(2);
  const [y, m] = date.split('-').map(Number);
  /** @type {Record<number, string>} */
  const byLength = { 10: date, 7: `${date}-${lastOfMonth(y, m)}`, 4: `${date}-12-31` };
  return byLength[date.length] ?? '';
}

/**
 * Days since 1970, for placing things on a line.
 * @param {string} day
 */
export const dayNumber = (day) => Date.parse(`${day}T00:00:00Z`) / 864e5;

/**
 * From … to …: `to` is the first day on which it no longer holds; open when it is the last of all days or empty.
 * @param {string} from
 * @param {string} to
 */
export function period(from, to, open = !to || to === LAST) {
  return t(open ? 'since' : 'fromTo', show(from), show(to));
}
