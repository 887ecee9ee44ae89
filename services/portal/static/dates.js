/** Civil dates as ISO text that keep their precision: shown as d/m/yyyy, m/yyyy, yyyy. Instants are shown in Viet Nam's time. */

import { t } from './words.js';

export const FIRST = '0001-01-01';
export const LAST = '9999-12-31';
const HOURS_AHEAD = 7;

const two = (number) => String(number).padStart(2, '0');
const iso = (year, month, day) => `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
const lastOfMonth = (year, month) => new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();

export function today() {
  return new Date(Date.now() + HOURS_AHEAD * 3600e3).toISOString().slice(0, 10);
}

/** 30/6/2025, 30-6-2025, 30.6.2025, 30062025 or 2025-06-30 as ISO; '' when it is no day of the calendar. */
export function parse(text) {
  const said = text.trim();
  const year = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(said);
  const day = /^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})$/.exec(said) ?? /^(\d{2})(\d{2})(\d{4})$/.exec(said);
  const [y, m, d] = (year ? [year[1], year[2], year[3]] : day ? [day[3], day[2], day[1]] : []).map(Number);
  return y >= 1 && m >= 1 && m <= 12 && d >= 1 && d <= lastOfMonth(y, m) ? iso(y, m, d) : '';
}

/** The day so many days, months or years on; a month too short gives its last day. */
export function shift(day, unit, count) {
  let [y, m, d] = day.split('-').map(Number);
  if (unit === 'day') {
    const then = new Date(Date.UTC(2000, m - 1, d));
    then.setUTCFullYear(y, m - 1, d + count);
    [y, m, d] = [then.getUTCFullYear(), then.getUTCMonth() + 1, then.getUTCDate()];
  } else {
    const months = y * 12 + m - 1 + count * (unit === 'year' ? 12 : 1);
    [y, m] = [Math.floor(months / 12), (months % 12) + 1];
    d = Math.min(d, lastOfMonth(y, m));
  }
  return y < 1 ? FIRST : y > 9998 ? LAST : iso(y, m, d);
}

/** As people write it. An unknown date says so. */
export function show(date) {
  if (!date || date === '~' || date === FIRST) return t('unknownDate');
  if (date === LAST) return t('now');
  if (date.startsWith('~')) return t('about', show(date.slice(1)));
  if (date.startsWith('..')) return t('atLatest', show(date.slice(2)));
  return date.split('-').map(Number).reverse().join('/');
}

/** An instant in Viet Nam's civil time: d/m/yyyy h:mm. */
export function showInstant(instant) {
  const zoned = /T.*(Z|[+-]\d\d:?\d\d)$/.test(instant);
  const moment = new Date(zoned ? instant : `${instant}+07:00`);
  if (Number.isNaN(moment.getTime())) return instant || t('unknownDate');
  const there = new Date(moment.getTime() + HOURS_AHEAD * 3600e3).toISOString();
  return `${show(there.slice(0, 10))} ${there.slice(11, 16)}`;
}

/** What was asked as `known_at`: a day (to its end), or a moment. */
export function showKnown(known) {
  return known.length === 10 ? t('endOfDay', show(known)) : showInstant(known);
}

export function parseKnown(text) {
  const said = text.trim();
  const moment = /^(.+?)[ T](\d{1,2}):(\d{2})$/.exec(said);
  const day = parse(moment ? moment[1] : said);
  if (moment) return day && moment[2] < 24 && moment[3] < 60 ? `${day}T${two(Number(moment[2]))}:${moment[3]}` : '';
  return day || (/^\d{4}-\d{2}-\d{2}T/.test(said) && !Number.isNaN(Date.parse(said)) ? said : '');
}

export const editKnown = (known) => (known.length === 10 ? show(known) : showInstant(known));

/** The first and the last day a partial date can mean; '' when it can mean any. */
export function earliest(date) {
  return { 10: date, 7: `${date}-01`, 4: `${date}-01-01` }[date.length] ?? '';
}

export function latest(date) {
  if (date.startsWith('..')) return date.slice(2);
  const [y, m] = date.split('-').map(Number);
  return { 10: date, 7: `${date}-${lastOfMonth(y, m)}`, 4: `${date}-12-31` }[date.length] ?? '';
}

/** Days since 1970, for placing things on a line. */
export const dayNumber = (day) => Date.parse(`${day}T00:00:00Z`) / 864e5;

/** From … to …: `to` is the first day on which it no longer holds; open when it is the last of all days or empty. */
export function period(from, to, open = !to || to === LAST) {
  return t(open ? 'since' : 'fromTo', show(from), show(to));
}
