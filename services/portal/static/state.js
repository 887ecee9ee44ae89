/** The whole state of the page is its address: sharing a link shares what is seen. */

const KEYS = ['as_of', 'known_at', 'unit', 'view', 'id', 'in', 'q', 'from', 'to', 'proof', 'lang'];
const PLACE = ['as_of', 'known_at', 'unit', 'lang'];
const listeners = [];

export let state = read();

function read() {
  const query = new URLSearchParams(location.search);
  const found = Object.fromEntries(KEYS.map((key) => [key, query.get(key) ?? '']));
  if (found.lang !== 'en') found.lang = 'vi';
  found.view ||= 'chart';
  return found;
}

function address(next) {
  const query = new URLSearchParams();
  for (const key of KEYS) if (next[key] && !(key === 'view' && next[key] === 'chart')) query.set(key, next[key]);
  return `${location.pathname}?${query}`;
}

/** The address of another view at the same dates and under the same unit. */
export function to(changes) {
  const kept = Object.fromEntries(PLACE.map((key) => [key, state[key]]));
  return address({ ...kept, ...changes });
}

/** The address of this view with something changed. */
export function here(changes) {
  return address({ ...state, ...changes });
}

export function go(url, { replace = false, opened = false } = {}) {
  if (url === location.pathname + location.search) return;
  history[replace ? 'replaceState' : 'pushState']({ opened }, '', url);
  settle();
}

/** Leaves what a link on this page opened: back where that is possible, else by changing the address. */
export function leave(changes) {
  if (history.state?.opened) history.back();
  else go(here(changes), { replace: true });
}

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
  const link = event.target.closest?.('a[href]');
  const elsewhere = event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  if (!link || elsewhere || event.defaultPrevented || link.target || link.origin !== location.origin) return;
  if (link.pathname !== location.pathname) return;
  event.preventDefault();
  if (link.hash) reach(link.hash.slice(1));
  else go(link.pathname + link.search, { opened: link.search.includes('proof=') });
});

/** A place on this page: brought into view, and the keyboard with it. */
export function reach(id) {
  const place = document.getElementById(id);
  if (!place) return;
  if (!place.hasAttribute('tabindex')) place.setAttribute('tabindex', '-1');
  place.focus();
  place.scrollIntoView({ block: 'nearest' });
}
