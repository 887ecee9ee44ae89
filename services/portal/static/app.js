/** The page: its controls, its two panes, and what is drawn anew when the address changes. */

/** @import { TourStop } from '../responses.js' */
/** @import { View } from '../page.js' */
/** @import { Unit } from './dates.js' */
/** @import { Key, State } from './state.js' */

import { editKnown, parse, parseKnown, shift, show, showKnown, today } from './dates.js';
import { all, byId, clearValidity, fill, h, icon, targetOf } from './dom.js';
import { ask, learnLabels, trouble } from './ledger.js';
import { showCurrent } from './lines.js';
import { contradictionsView } from './contradictions.js';
import { documentView } from './document.js';
import { closes, drawProof } from './proof.js';
import { searchView } from './search.js';
import { lifeView } from './life.js';
import { reportView } from './report.js';
import { sitesView } from './sites.js';
import { go, here, onChange, state, to } from './state.js';
import { personView, postView } from './terms.js';
import { drawChart } from './tree.js';
import { diffView, unitView } from './unit.js';
import { t } from './words.js';

/** @type {Record<string, View>} */
const VIEWS = { person: personView, life: lifeView, report: reportView, post: postView, document: documentView, unit: unitView, diff: diffView, search: searchView, contradictions: contradictionsView, sites: sitesView };
const [answer, chart, banner] = ['answer', 'chart', 'banner'].map((id) => byId(id, HTMLElement));
const dates = byId('dates', HTMLFormElement);
const [dayField, calendar, knownField, searchField] = ['day', 'calendar', 'known', 'q'].map((id) => byId(id, HTMLInputElement));
const proof = byId('proof', HTMLDialogElement);
let loading = new AbortController();
/** @type {TourStop[]} */
let tour = [];

/** Write the words of the page itself. */
function writeWords() {
  document.documentElement.lang = state.lang;
  for (const node of all(document, '[data-t]', HTMLElement)) node.textContent = t(node.dataset.t ?? '');
  for (const node of all(document, '[data-label]', HTMLElement)) node.setAttribute('aria-label', t(node.dataset.label ?? ''));
  for (const node of all(document, '[data-title]', HTMLElement)) node.title = t(node.dataset.title ?? '');
  for (const node of all(document, '[data-hint]', HTMLInputElement)) node.placeholder = t(node.dataset.hint ?? '');
}

/** @type {(link: Element, yes: boolean) => void} */
const setCurrent = (link, yes) => (yes ? link.setAttribute('aria-current', 'true') : link.removeAttribute('aria-current'));

/** Set the controls to what the address says. */
function setControls() {
  for (const link of all(document, '[data-lang]', HTMLAnchorElement)) {
    link.href = here({ lang: link.dataset.lang });
    setCurrent(link, link.dataset.lang === state.lang);
  }
  for (const link of all(document, '[data-day]', HTMLAnchorElement)) {
    const day = link.dataset.day || today();
    link.href = here({ as_of: day });
    setCurrent(link, day === state.as_of);
  }
  byId('home', HTMLAnchorElement).href = to({ unit: '' });
  byId('back', HTMLAnchorElement).href = to({});
  dayField.value = show(state.as_of);
  calendar.value = state.as_of;
  knownField.value = state.known_at ? editKnown(state.known_at) : '';
  if (document.activeElement !== searchField) searchField.value = state.q;
  if (state.known_at) byId('knowing', HTMLDetailsElement).open = true;
  byId('chart-title', HTMLElement).textContent = t('chartOn', show(state.as_of));
  banner.hidden = !state.known_at;
  if (state.known_at) {
    fill(banner, h('strong', {}, t('knownBanner', showKnown(state.known_at))), ' ', t('knownWhy'), ' ', h('a', { href: here({ known_at: '' }) }, t('knownNow')));
  }
  const known = state.known_at ? ` · ${t('asKnown')} ${showKnown(state.known_at)}` : '';
  byId('printed', HTMLElement).textContent = `${t('brand')} · ${t('asOf')} ${show(state.as_of)}${known} · ${location.href}`;
  document.body.dataset.view = state.view in VIEWS ? state.view : 'chart';
}

/**
 * Draw the view beside the chart.
 * @param {boolean} focus whether the keyboard goes there
 */
async function drawAnswer(focus) {
  loading.abort();
  loading = new AbortController();
  const { signal } = loading;
  const view = VIEWS[state.view];
  if (!view) {
    document.title = `${t('chartOn', show(state.as_of))} · ${t('brand')}`;
    fill(answer, guide());
    showCurrent();
    return;
  }
  answer.setAttribute('aria-busy', 'true');
  try {
    const { title, content } = await view(signal);
    if (signal.aborted) return;
    document.title = `${title} · ${t('brand')}`;
    fill(answer, content);
  } catch (error) {
    if (signal.aborted) return;
    fill(answer, h('h2', { tabindex: '-1' }, t('noAnswer')), trouble(error, () => drawAnswer(true)));
  }
  answer.removeAttribute('aria-busy');
  showCurrent();
  if (!focus) return;
  answer.scrollTop = 0;
  answer.querySelector('h2')?.focus({ preventScroll: true });
  if (answer.getBoundingClientRect().top < 0) answer.scrollIntoView();
}

/** What stands beside the chart before anything is chosen: how to read it. */
function guide() {
  const rows = ['vacant', 'acting', 'concurrent', 'suspended', 'unsure', 'dual', 'pending'];
  return [h('h2', { tabindex: '-1' }, t('guide')), h('p', {}, t('guideText')),
    h('dl', { class: 'guide' }, rows.map((name) => [h('dt', {}, name === 'pending' ? h('span', { class: 'proof pending' }, icon('pending'), t('guide.pending')) : h('span', { class: `mark ${name}` }, t(`guide.${name}`))), h('dd', {}, t(`guide.${name}.why`))])),
    tour.length > 0 && [h('h3', {}, t('tour')), h('ul', { class: 'plain' }, tour.map((stop) => h('li', {}, h('a', { href: `${stop.url}&lang=${state.lang}` }, stop[state.lang]))))],
    h('p', {}, h('a', { href: to({ view: 'contradictions' }) }, t('contradictions')), ' · ', h('a', { href: to({ view: 'sites' }) }, t('sites'))),
    h('p', { class: 'small' }, t('guideDates')), h('p', { class: 'small' }, t('guideKeys'))];
}

/**
 * Draw what the address changed; everything without a state before it.
 * @param {State} [before]
 */
function draw(before) {
  /** @param {...Key} keys */
  const changed = (...keys) => !before || keys.some((key) => before[key] !== state[key]);
  const language = changed('lang');
  if (language) writeWords();
  if (!before || language) setControls();
  if (changed('as_of', 'known_at', 'axis', 'seen_by', 'unit', 'lang')) drawChart(chart);
  const other = changed('view', 'id', 'in', 'kind', 'from', 'to', 'q');
  if (other || changed('as_of', 'known_at', 'axis', 'seen_by', 'lang')) drawAnswer(Boolean(before) && other && document.activeElement !== searchField);
  else showCurrent();
  if (changed('proof', 'lang')) drawProof(proof);
}

function wireDates() {
  /** @type {(value: string, replace?: boolean) => void} */
  const set = (value, replace = false) => {
    if (value) go(here({ as_of: value }), { replace });
  };
  dates.addEventListener('submit', (event) => {
    event.preventDefault();
    const written = knownField.value.trim();
    const [day, known] = [parse(dayField.value), parseKnown(written)];
    dayField.setCustomValidity(day ? '' : t('badDay'));
    knownField.setCustomValidity(written && !known ? t('badKnown') : '');
    if (dates.reportValidity()) go(here({ as_of: day, known_at: known }));
  });
  dates.addEventListener('input', clearValidity);
  for (const button of all(document, '[data-step]', HTMLElement)) {
    const [unit, count] = (button.dataset.step ?? '').split(' ');
    button.addEventListener('click', () => set(shift(state.as_of, /** @type {Unit} */ (unit), Number(count))));
  }
  /** @type {Record<string, [Unit, number]>} */
  const steps = { ArrowUp: ['day', 1], ArrowDown: ['day', -1], PageUp: ['month', 1], PageDown: ['month', -1] };
  dayField.addEventListener('keydown', (event) => {
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    set(shift(parse(dayField.value) || state.as_of, event.shiftKey && step[0] === 'month' ? 'year' : step[0], step[1]), true);
  });
  byId('pick', HTMLElement).addEventListener('click', () => calendar.showPicker());
  calendar.addEventListener('change', () => set(calendar.value));
}

function wireSearch() {
  /** @type {number | undefined} */
  let soon;
  /** @param {boolean} replace */
  const find = (replace) => {
    clearTimeout(soon);
    const q = searchField.value.trim();
    go(q ? to({ view: 'search', q }) : to({}), { replace });
  };
  byId('search', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    find(state.view === 'search');
    answer.querySelector('h2')?.focus();
  });
  searchField.addEventListener('input', () => {
    clearTimeout(soon);
    soon = setTimeout(() => find(state.view === 'search'), 250);
  });
  addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || targetOf(event)?.matches('input, textarea, select')) return;
    event.preventDefault();
    searchField.focus();
  });
}

/** Say so where facts were recorded by a clock that was ahead. Where the question is not answered, nothing is said. */
async function warnOfClock() {
  const { warnings } = await ask('/ready').catch(() => ({ warnings: /** @type {Record<string, string>} */ ({}) }));
  const note = byId('clock', HTMLElement);
  note.hidden = !warnings.clock;
  if (warnings.clock) fill(note, h('strong', {}, t('clockAhead')), ' ', warnings.clock);
}

async function start() {
  const day = parse(state.as_of) || today();
  if (day !== state.as_of) go(here({ as_of: day }), { replace: true });
  writeWords();
  wireDates(); // before anything is waited for, so that nothing that is typed meanwhile is lost
  wireSearch();
  closes(proof);
  setControls(); // links keep the date that is chosen, also one chosen while the first answers are waited for
  onChange(setControls);
  [tour] = await Promise.all([ask('/tour').catch(() => []), learnLabels().catch(() => undefined)]);
  onChange(draw);
  draw();
  document.documentElement.dataset.ready = 'yes';
  await warnOfClock();
}

start();
