/** The whole state of the page is its address: sharing a link shares what is seen. */

import { targetOf } from './dom.js';

const KEYS = /** @type {const} */ (['as_of', 'known_at', 'unit', 'view', 'id', 'in', 'kind', 'q', 'from', 'to', 'proof', 'axis', 'seen_by', 'lang']);
/** `axis` and `seen_by`: since when facts are known, the `view` and `seen_by` of every question. */
const KEPT = /** @type {const} */ (['as_of', 'known_at', 'axis', 'seen_by', 'unit', 'lang']);

/** @typedef {typeof KEYS[number]} Key */
/** @typedef {Record<Exclude<Key, 'lang'>, string> & { lang: 'vi' | 'en' }} State  '' where the address says nothing. */
/** @typedef {Partial<Record<Key, string>>} Changes */

/** @type {((before: State) => void)[]} */
const listeners = [];

export let state = read();

/** @returns {State} */
function read() {
  const query = new URLSearchParams(location.search);
  const found = /** @type {Record<Key, string>} */ (Object.fromEntries(KEYS.map((key) => [key, query.get(key) ?? ''])));
  return { ...found, view: found.view || 'chart', lang: found.lang === 'en' ? 'en' : 'vi' };
}

/** @param {Changes} next */
function address(next) {
  const query = new URLSearchParams();
  for (const key of KEYS) {
    const value = next[key];
    if (value && !(key === 'view' && value === 'chart')) query.set(key, value);
  }
  return `${location.pathname}?${query}`;
}

/**
 * The address of another view at the same dates and under the same unit.
 * @param {Changes} changes
 */
export function to(changes) {
  const kept = Object.fromEntries(KEPT.map((key) => [key, state[key]]));
  return address({ ...kept, ...changes });
}

/**
 * The address of this view with something changed.
 * @param {Changes} changes
 */
export function here(changes) {
  return address({ ...state, ...changes });
}

/**
 * Go to an address of this page without loading it again.
 * @param {string} url
 * @param {{ replace?: boolean, opened?: boolean }} [how] `replace`: no new entry in the history; `opened`: `leave` goes back from there
 */
export function go(url, { replace = false, opened = false } = {}) {
  if (url === location.pathname + location.search) return;
  history[replace ? 'replaceState' : 'pushState']({ opened }, '', url);
  settle();
}

/**
 * Leave what a link on this page opened: back where that is possible, else by changing the address.
 * @param {Changes} changes
 */
export function leave(changes) {
  if (history.state?.opened) history.back();
  else go(here(changes), { replace: true });
}

/** @param {(before: State) => void} listener */
export function onChange(listener) {
  listeners.push(listener);
}

function settle() {
  const before = state;
  state = read();
  for (const listener of listeners) listener(before);
}

addEventListener('popstate', settle);
addEventListener('click', (event) => {
  /** @type {HTMLAnchorElement | null | undefined} */
  const link = targetOf(event)?.closest('a[href]');
  const elsewhere = event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  if (!link || elsewhere || event.defaultPrevented || link.target || link.origin !== location.origin) return;
  if (link.pathname !== location.pathname) return;
  event.preventDefault();
  if (link.hash) reach(link.hash.slice(1));
  else go(link.pathname + link.search, { opened: link.search.includes('proof=') });
});

/**
 * Bring an element of this page into view, and the keyboard with it.
 * @param {string} id
 */
export function reach(id) {
  const place = document.getElementById(id);
  if (!place) return;
  if (!place.hasAttribute('tabindex')) place.setAttribute('tabindex', '-1');
  place.focus();
  place.scrollIntoView({ block: 'nearest' });
}
