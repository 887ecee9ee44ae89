/** Requests to the ledger, its labels, and what to say when it cannot answer. */

/** @import { Joined, Labels, ProblemDetails, ResponseOf, UnitLine } from '../responses.js' */
/** @import { Child } from '../page.js' */

import { h } from './dom.js';
import { state } from './state.js';
import { anotherThan, bearer, token } from './token.js';
import { t } from './words.js';

/** Why the ledger did not answer; status 0 when it was not reached. */
export class Problem extends Error {
  /**
   * @param {ProblemDetails} [details]
   * @param {number} [status]
   */
  constructor(details = {}, status = 0) {
    super(details.detail || details.title || `HTTP ${status}`);
    this.details = details;
    this.status = status;
  }

  get title() {
    const own = state.lang === 'vi' ? this.details.title_vi || this.details.title : this.details.title;
    return own || t(this.status === 404 ? 'notFound' : this.status ? 'failed' : 'offline');
  }

  get remedy() {
    if (this.status === 0) return t('remedyOffline');
    if (this.status === 404) return t('remedyMissing');
    return t(this.status < 500 ? 'remedyAsked' : 'remedyServer');
  }
}

/**
 * The address made of parts, each encoded.
 * @template {string[]} Parts
 * @param {Parts} parts
 */
export const path = (...parts) => /** @type {Joined<Parts>} */ (`/${parts.map(encodeURIComponent).join('/')}`);

/**
 * The response as JSON, of the view that the address of the page names. Throws a Problem when there is none.
 * @template {string} Address
 * @param {Address} address
 * @param {Record<string, string | number | undefined>} [parameters] empty ones are left out
 * @param {AbortSignal} [signal]
 * @returns {Promise<ResponseOf<Address>>}
 */
export async function ask(address, parameters = {}, signal = undefined) {
  const query = new URLSearchParams(Object.entries({ ...parameters, view: state.axis, seen_by: state.seen_by })
    .filter(([, value]) => value !== '' && value !== undefined)
    .map(([name, value]) => [name, String(value)]));
  const mine = token();
  let response;
  try {
    response = await fetch(`${address}?${query}`, { signal, headers: { Accept: 'application/json', ...bearer(mine) } });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem();
  }
  if (response.status === 401) {
    const { sign_in } = await response.json().catch(() => ({}));
    await anotherThan(mine, sign_in);
    return ask(address, parameters, signal);
  }
  if (!response.ok) throw new Problem(await response.json().catch(() => ({})), response.status);
  const answer = await response.json().catch(() => {
    throw new Problem({}, response.status);
  });
  if (Array.isArray(answer.items) && answer.next && !('limit' in parameters) && !('cursor' in parameters)) {
    await addPages(address, parameters, answer, signal);
  }
  return answer;
}

/**
 * Add the lines of the pages that follow, as they were known when the first was answered.
 * @param {string} address
 * @param {Record<string, string | number | undefined>} parameters
 * @param {{ as_of: string, known_at: string, items: unknown[], next: string }} answer
 * @param {AbortSignal} [signal]
 */
async function addPages(address, parameters, answer, signal) {
  const { as_of, known_at } = answer;
  while (answer.next) {
    const page = /** @type {{ items: unknown[], next: string }} */ (await ask(address, { ...parameters, as_of, known_at, cursor: answer.next }, signal));
    answer.items.push(...page.items);
    answer.next = page.next;
  }
}

/** The two times of the page, for every question. */
export const times = () => ({ as_of: state.as_of, known_at: state.known_at });

/** @type {Labels} */
let names = {};

export async function learnLabels() {
  names = await ask('/labels');
}

/** Ask for the labels again where that failed when the page started. */
async function relearn() {
  if (!Object.keys(names).length) await learnLabels().catch(() => undefined);
}

/**
 * What people call a value of an enumeration; nothing for what was not stated.
 * @param {string} kind
 * @param {string} value
 */
export function label(kind, value) {
  if (!value || value === 'UNSTATED') return '';
  return names[kind]?.[value]?.[state.lang] ?? value;
}

/**
 * Every value of an enumeration with what people call it.
 * @param {string} kind
 * @returns {[value: string, text: string][]}
 */
export function labelsOf(kind) {
  return Object.entries(names[kind] ?? {}).map(([value, both]) => [value, both[state.lang]]);
}

/**
 * The kind of a unit, unless its name already begins with it.
 * @param {Pick<UnitLine, 'name' | 'kind' | 'kind_label'>} line
 */
export function kindOf(line) {
  const kind = line.kind_label || (line.kind === 'OTHER' ? '' : label('Kind', line.kind));
  return line.name.toLowerCase().startsWith(kind.toLowerCase()) ? '' : kind;
}

/** @type {Map<string, Promise<UnitLine[]>>} */
const known = new Map();

/**
 * The versions of a unit: asked for once for each unit, `known_at` and view, and again after a failure.
 * @param {string} unit
 */
async function versionsOf(unit) {
  const key = `${unit} ${state.known_at} ${state.axis} ${state.seen_by}`;
  const versions = known.get(key) ?? ask(path('units', unit, 'versions'), { known_at: state.known_at }).then(({ items }) => items);
  known.set(key, versions);
  try {
    return await versions;
  } catch {
    known.delete(key);
    return [];
  }
}

/**
 * The name of a unit on a day; its id where it has none.
 * @param {string} unit
 * @param {string} day
 */
export async function unitName(unit, day) {
  const versions = await versionsOf(unit);
  return (versions.find((one) => one.valid_from <= day && one.valid_to > day) ?? versions.at(-1))?.name ?? unit;
}

/**
 * The name of a unit on a day, filled in once the ledger has told it.
 * @param {string} unit
 * @param {string} day
 * @param {(name: string) => string | Node} [wrap]
 */
export function nameSoon(unit, day, wrap = (name) => name) {
  const shown = h('span', {}, '…');
  unitName(unit, day).then((name) => shown.replaceChildren(wrap(name)));
  return shown;
}

/**
 * What a reader sees instead of an answer: what is wrong, why, and what to do. Throws what is no Problem.
 * @param {unknown} problem
 * @param {() => unknown} [again] what the button does
 */
export function trouble(problem, again) {
  if (!(problem instanceof Problem)) throw problem;
  const { title, detail = '' } = problem.details;
  const why = [problem.title, title].includes(detail) ? '' : detail;
  return h('div', { class: 'notice trouble', role: 'alert' },
    h('strong', {}, problem.title), why && h('p', { class: 'small', lang: 'en' }, why), h('p', {}, problem.remedy),
    again && h('button', { type: 'button', onclick: () => relearn().then(again) }, t('again')));
}

/** @type {(text: string, ...more: Child[]) => HTMLElement} */
export const nothing = (text, ...more) => h('div', { class: 'notice' }, h('p', {}, text), ...more);
