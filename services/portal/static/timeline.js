/** Terms on a line of years: one lane where they follow each other, more where they overlap. A picture beside the list. */

/** @import { Stretch } from '../responses.js' */

import { h } from './dom.js';
import { dayNumber, earliest, latest, period, today } from './dates.js';
import { reach, state } from './state.js';
import { t } from './words.js';

const STEPS = [1, 2, 5, 10, 20, 50];

/**
 * A term to draw. `from` and `to` are dates as recorded, partial ones too; `target` is the id of its line in the list beside.
 * @typedef {{ from: string, to: string, ended: string, label: string, target: string, kind: string, pauses?: Stretch[] }} Bar
 */
/**
 * A bar in days since 1970: [low, high) is all it may cover, [sureLow, sureHigh) what it covers in any case.
 * @typedef {Bar & { low: number, high: number, sureLow: number, sureHigh: number, open: boolean }} Span
 */
/** @typedef {(day: number) => number} Scale  Where a day is on the line, in percent. */

/**
 * @param {Bar[]} bars
 * @param {string} name whose terms they are
 */
export function timeline(bars, name) {
  const spans = bars.map(span).filter((one) => one !== null);
  if (!spans.length) return null;
  const far = spans.some((one) => one.open) ? [dayNumber(today()), dayNumber(state.as_of)] : [];
  const low = Math.min(...spans.map((one) => one.low));
  const high = Math.max(low + 365, ...far.filter((day) => day > low), ...spans.map((one) => (one.open ? one.sureLow : one.high)));
  /** @type {Scale} */
  const place = (day) => ((Math.min(Math.max(day, low), high) - low) / (high - low)) * 100;
  /** @type {number[]} */
  const lanes = [];
  const drawn = spans.map((one) => bar(one, lane(lanes, one, high), place, high));
  const day = dayNumber(state.as_of);
  const line = day >= low && day <= high ? at(h('i', { class: 'today', title: t('asOf') }), place(day)) : null;
  const picture = h('div', { class: 'lanes' }, ticks(low, high, place), drawn, line);
  picture.style.setProperty('--lanes', String(Math.max(1, lanes.length)));
  return h('div', { class: 'timeline', role: 'img', 'aria-label': t('timelineOf', name) }, picture);
}

/**
 * The widest and the certain stretch of a bar; null when none of its dates is known.
 * @param {Bar} one
 * @returns {Span | null}
 */
function span(one) {
  const [from, to] = [earliest(one.from), latest(one.to)];
  if (!from && !to) return null;
  const low = dayNumber(from || to);
  const high = !one.ended ? Infinity : to ? dayNumber(to) : dayNumber(latest(one.from)) + 183;
  const sureLow = from ? dayNumber(latest(one.from)) : high;
  const sureHigh = !one.ended ? Infinity : earliest(one.to) ? dayNumber(earliest(one.to)) : sureLow;
  return { ...one, low, high: Math.max(high, low + 1), sureLow, sureHigh, open: !one.ended };
}

/**
 * The first lane that is free by then. A bar that may overlap goes to the next, as one that does.
 * @param {number[]} lanes the day until which each is taken; changed
 * @param {Span} one
 * @param {number} high the last day drawn
 */
function lane(lanes, one, high) {
  const free = lanes.findIndex((end) => end <= one.low);
  const chosen = free < 0 ? lanes.length : free;
  lanes[chosen] = Math.min(one.high, high + 1);
  return chosen;
}

/**
 * @param {Span} one
 * @param {number} row
 * @param {Scale} place
 * @param {number} high
 */
function bar(one, row, place, high) {
  const end = Math.min(one.high, high);
  const [left, right] = [place(one.low), place(end)];
  /** @type {Scale} */
  const share = (day) => ((place(day) - left) / Math.max(right - left, 0.001)) * 100;
  const sure = one.sureHigh > one.sureLow && at(h('i', { class: 'sure' }), share(one.sureLow), share(Math.min(one.sureHigh, high)));
  const pauses = (one.pauses ?? []).map((pause) => at(h('i', { class: 'pause' }), share(dayNumber(pause.start)),
    share(pause.end ? dayNumber(pause.end) : end)));
  const node = h('i', { class: `bar ${one.kind}`, title: `${one.label} · ${period(one.from, one.to, !one.ended)}`, onclick: () => reach(one.target) }, sure, pauses, right - left > 4 && h('span', {}, one.label));
  node.style.setProperty('--lane', String(row));
  return at(node, left, Math.max(right, left + 0.6));
}

/**
 * @param {number} low
 * @param {number} high
 * @param {Scale} place
 */
function ticks(low, high, place) {
  const [first, last] = [low, high].map((day) => new Date(day * 864e5).getUTCFullYear());
  const step = STEPS.find((one) => (last - first) / one <= 8) ?? 100;
  const years = [];
  for (let year = Math.ceil(first / step) * step; year <= last; year += step) {
    const day = dayNumber(`${year}-01-01`);
    if (day >= low && day <= high) years.push(at(h('i', { class: 'tick' }, place(day) < 90 && h('span', {}, String(year))), place(day)));
  }
  return years;
}

/**
 * Place an element on the line, in percent of its parent.
 * @template {HTMLElement} E
 * @param {E} node
 * @param {number} left
 * @param {number} [right]
 */
function at(node, left, right = undefined) {
  node.style.setProperty('left', `${left}%`);
  if (right !== undefined) node.style.setProperty('width', `${Math.max(right - left, 0)}%`);
  return node;
}
