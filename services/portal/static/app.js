/** The page: its controls, its two panes, and what is drawn anew when the address changes. */

import { editKnown, parse, parseKnown, shift, show, showKnown, today } from './dates.js';
import { fill, h, icon } from './dom.js';
import { ask, learnLabels, trouble } from './ledger.js';
import { showCurrent } from './lines.js';
import { closes, drawProof } from './proof.js';
import { searchView } from './search.js';
import { lifeView } from './life.js';
import { reportView } from './report.js';
import { go, here, onChange, state, to } from './state.js';
import { personView, postView } from './terms.js';
import { drawChart } from './tree.js';
import { diffView, unitView } from './unit.js';
import { t } from './words.js';

const VIEWS = { person: personView, life: lifeView, report: reportView, post: postView, unit: unitView, diff: diffView, search: searchView };
const at = (id) => document.getElementById(id);
let loading = new AbortController();
let places = [];

/** The words of the page itself. */
function speak() {
  document.documentElement.lang = state.lang;
  for (const node of document.querySelectorAll('[data-t]')) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll('[data-label]')) node.setAttribute('aria-label', t(node.dataset.label));
  for (const node of document.querySelectorAll('[data-title]')) node.title = t(node.dataset.title);
  for (const node of document.querySelectorAll('[data-hint]')) node.placeholder = t(node.dataset.hint);
}

const current = (link, yes) => (yes ? link.setAttribute('aria-current', 'true') : link.removeAttribute('aria-current'));

function controls() {
  for (const link of document.querySelectorAll('[data-lang]')) {
    link.href = here({ lang: link.dataset.lang });
    current(link, link.dataset.lang === state.lang);
  }
  for (const link of document.querySelectorAll('[data-day]')) {
    const day = link.dataset.day || today();
    link.href = here({ as_of: day });
    current(link, day === state.as_of);
  }
  at('home').href = to({ unit: '' });
  at('back').href = to({});
  at('day').value = show(state.as_of);
  at('calendar').value = state.as_of;
  at('known').value = state.known_at ? editKnown(state.known_at) : '';
  if (document.activeElement !== at('q')) at('q').value = state.q;
  if (state.known_at) at('knowing').open = true;
  at('chart-title').textContent = t('chartOn', show(state.as_of));
  at('banner').hidden = !state.known_at;
  if (state.known_at) {
    fill(at('banner'), h('strong', {}, t('knownBanner', showKnown(state.known_at))), ' ', t('knownWhy'), ' ', h('a', { href: here({ known_at: '' }) }, t('knownNow')));
  }
  const known = state.known_at ? ` · ${t('asKnown')} ${showKnown(state.known_at)}` : '';
  at('printed').textContent = `${t('brand')} · ${t('asOf')} ${show(state.as_of)}${known} · ${location.href}`;
  document.body.dataset.view = state.view in VIEWS ? state.view : 'chart';
}

async function drawAnswer(focus) {
  loading.abort();
  loading = new AbortController();
  const { signal } = loading;
  const place = at('answer');
  const view = VIEWS[state.view];
  if (!view) {
    document.title = `${t('chartOn', show(state.as_of))} · ${t('brand')}`;
    fill(place, guide());
    showCurrent();
    return;
  }
  place.setAttribute('aria-busy', 'true');
  try {
    const { title, content } = await view(signal);
    if (signal.aborted) return;
    document.title = `${title} · ${t('brand')}`;
    fill(place, content);
  } catch (error) {
    if (signal.aborted) return;
    fill(place, h('h2', { tabindex: '-1' }, t('noAnswer')), trouble(error, () => drawAnswer(true)));
  }
  place.removeAttribute('aria-busy');
  showCurrent();
  if (!focus) return;
  at('answer').scrollTop = 0;
  place.querySelector('h2')?.focus({ preventScroll: true });
  if (place.getBoundingClientRect().top < 0) place.scrollIntoView();
}

/** What stands beside the chart before anything is chosen: how to read it. */
function guide() {
  const rows = ['vacant', 'acting', 'concurrent', 'suspended', 'unsure', 'dual', 'pending'];
  return [h('h2', { tabindex: '-1' }, t('guide')), h('p', {}, t('guideText')),
    h('dl', { class: 'guide' }, rows.map((name) => [h('dt', {}, name === 'pending' ? h('span', { class: 'proof pending' }, icon('pending'), t('guide.pending')) : h('span', { class: `mark ${name}` }, t(`guide.${name}`))), h('dd', {}, t(`guide.${name}.why`))])),
    places.length > 0 && [h('h3', {}, t('tour')), h('ul', { class: 'plain' }, places.map((place) => h('li', {}, h('a', { href: `${place.url}&lang=${state.lang}` }, place[state.lang]))))],
    h('p', { class: 'small' }, t('guideDates')), h('p', { class: 'small' }, t('guideKeys'))];
}

function draw(before) {
  const changed = (...keys) => !before || keys.some((key) => before[key] !== state[key]);
  const language = changed('lang');
  if (language) speak();
  controls();
  if (changed('as_of', 'known_at', 'unit', 'lang')) drawChart(at('chart'));
  const other = changed('view', 'id', 'from', 'to', 'q');
  if (other || changed('as_of', 'known_at', 'lang')) drawAnswer(Boolean(before) && other && document.activeElement !== at('q'));
  else showCurrent();
  if (changed('proof', 'lang')) drawProof(at('proof'));
}

function wireDates() {
  const day = at('day');
  const set = (value, replace = false) => value && go(here({ as_of: value }), { replace });
  at('dates').addEventListener('submit', (event) => {
    event.preventDefault();
    const [asked, known] = [parse(day.value), at('known').value.trim() && parseKnown(at('known').value)];
    day.setCustomValidity(asked ? '' : t('badDay'));
    at('known').setCustomValidity(known === '' && at('known').value.trim() ? t('badKnown') : '');
    if (at('dates').reportValidity()) go(here({ as_of: asked, known_at: known || '' }));
  });
  at('dates').addEventListener('input', (event) => event.target.setCustomValidity(''));
  for (const button of document.querySelectorAll('[data-step]')) {
    const [unit, count] = button.dataset.step.split(' ');
    button.addEventListener('click', () => set(shift(state.as_of, unit, Number(count))));
  }
  const steps = { ArrowUp: ['day', 1], ArrowDown: ['day', -1], PageUp: ['month', 1], PageDown: ['month', -1] };
  day.addEventListener('keydown', (event) => {
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    set(shift(parse(day.value) || state.as_of, event.shiftKey && step[0] === 'month' ? 'year' : step[0], step[1]), true);
  });
  at('pick').addEventListener('click', () => at('calendar').showPicker());
  at('calendar').addEventListener('change', () => set(at('calendar').value));
}

function wireSearch() {
  const field = at('q');
  let soon;
  const find = (replace) => {
    clearTimeout(soon);
    const q = field.value.trim();
    go(q ? to({ view: 'search', q }) : to({}), { replace });
  };
  at('search').addEventListener('submit', (event) => {
    event.preventDefault();
    find(state.view === 'search');
    at('answer').querySelector('h2')?.focus();
  });
  field.addEventListener('input', () => {
    clearTimeout(soon);
    soon = setTimeout(() => find(state.view === 'search'), 250);
  });
  addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || /INPUT|TEXTAREA|SELECT/.test(event.target.tagName)) return;
    event.preventDefault();
    field.focus();
  });
}

async function start() {
  const day = parse(state.as_of) || today();
  if (day !== state.as_of) go(here({ as_of: day }), { replace: true });
  speak();
  [places] = await Promise.all([ask('/tour').catch(() => []), learnLabels().catch(() => undefined)]);
  wireDates();
  wireSearch();
  closes(at('proof'));
  onChange(draw);
  draw();
  document.documentElement.dataset.ready = 'yes';
}

start();
