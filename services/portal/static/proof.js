/** The proof of a line: the facts that opened and closed it, what was corrected since, and the decision documents. */

/** @import { Code, DecisionLine, Fact, Recorded, RecordedWithCorrections } from '../responses.js' */
/** @import { Child } from '../page.js' */

import { show, showInstant } from './dates.js';
import { fill, h, icon, mark } from './dom.js';
import { paper } from './document.js';
import { ask, label, path, trouble } from './ledger.js';
import { person, post, unit } from './lines.js';
import { leave, state, to } from './state.js';
import { t } from './words.js';

/** @type {Record<string, string>} */
const ENUMS = { role: 'Role', holding: 'Holding', quota: 'QuotaKind', bloc: 'Bloc', step: 'Step', category: 'Category' };
const DATES = ['until', 'age_reference', 'held_on', 'overage_until', 'signed_on', 'decided_on', 'effective_to', 'birth'];
const APART = ['type', 'effective_from', 'same_day_order', 'decision', 'confidentiality', 'managed_by', 'findings', 'tenure',
  'previous', 'continues', 'next_tenure', 'reorganisation', 'baseline', 'template', 'planned_entry', 'evaluation', 'nomination', 'identity', 'national_id', 'file_hash'];

let loading = new AbortController();

/**
 * Open or close the panel as the address says.
 * @param {HTMLDialogElement} panel
 */
export function drawProof(panel) {
  loading.abort();
  if (!state.proof) {
    if (panel.open) panel.close();
    return;
  }
  loading = new AbortController();
  const { signal } = loading;
  const links = state.proof.split(',').slice(0, 2);
  const sections = links.map(() => h('section', { 'aria-busy': 'true' }, h('p', { class: 'waiting' }, t('loading'))));
  const close = h('button', { type: 'button', class: 'bare', 'aria-label': t('close'), onclick: () => panel.close() }, icon('close'));
  fill(panel, h('header', {}, h('h2', { id: 'proof-title' }, t('proofTitle')), close), h('p', { class: 'small' }, t('proofHint')), sections);
  if (!panel.open) panel.showModal();
  for (const [at, link] of links.entries()) draw(sections[at], link, t(at ? 'closedBy' : 'openedBy'), signal);
}

/**
 * Escape, the button and a click beside the panel all close it, which the address then says.
 * @param {HTMLDialogElement} panel
 */
export function closes(panel) {
  panel.addEventListener('close', () => {
    if (state.proof) leave({ proof: '' });
  });
  panel.addEventListener('click', (event) => {
    if (event.target === panel) panel.close();
  });
}

/**
 * Ask for a fact and its decision document, and draw them.
 * @param {HTMLElement} section
 * @param {string} link `topic/stream/event_id`
 * @param {string} title
 * @param {AbortSignal} signal
 */
async function draw(section, link, title, signal) {
  try {
    const fact = await ask(path('facts', ...link.split('/')), {}, signal);
    const decision = fact.fact.decision ? await ask(path('decisions', fact.fact.decision), {}, signal).catch(() => null) : null;
    fill(section, h('p', { class: 'eyebrow' }, title), h('h3', {}, t(`fact.${fact.fact.type}`)), corrected(fact), documentOf(fact, decision), when(fact), details(fact));
  } catch (error) {
    if (signal.aborted) return;
    fill(section, h('p', { class: 'eyebrow' }, title), trouble(error, () => draw(section, link, title, signal)));
  }
  section.removeAttribute('aria-busy');
}

/**
 * The document behind a fact; a regulation is itself one.
 * @param {Recorded} fact
 * @param {DecisionLine | null} decision
 */
function documentOf(fact, decision) {
  if (!decision) {
    if (fact.fact.type.startsWith('regulation') && fact.fact.number) return paper(/** @type {Fact & DecisionLine} */ (fact.fact));
    return h('div', { class: 'paper missing' }, h('strong', {}, t(fact.fact.decision ? 'decisionUnknown' : 'pending')), h('p', {}, t('pendingWhy')));
  }
  return paper(decision, h('a', { href: to({ view: 'document', id: fact.fact.decision }) }, decision.number));
}

/**
 * What stands above everything else: this fact no longer counts, or counts otherwise.
 * @param {RecordedWithCorrections} fact
 */
function corrected(fact) {
  return fact.corrections.map((one) => h('div', { class: 'paper correction' },
    h('strong', {}, t(one.fact.mode === 'VOID' ? 'voided' : 'amended')), h('p', {}, t('correctedBy', showInstant(one.recorded_at), one.actor)),
    one.fact.reason && h('p', {}, `${t('reason')}: ${one.fact.reason}`),
    Object.entries(one.fact.new_values ?? {}).map(([name, value]) =>
      h('p', {}, `${t(`field.${name}`)}: `, h('s', {}, plain(name, fact.fact[name] ?? '')), ' → ', h('b', {}, plain(name, value))))));
}

/** @param {Recorded} fact */
function when(fact) {
  const rows = [['effectiveFrom', show(fact.fact.effective_from)], ['recordedAt', showInstant(fact.recorded_at)],
    ['recordedBy', fact.actor], ['site', fact.site]];
  return h('dl', {}, rows.map(([name, value]) => [h('dt', {}, t(name)), h('dd', {}, value || '–')]));
}

/**
 * Who or what the fact is about, and its fields that are not shown elsewhere and say something.
 * @param {RecordedWithCorrections} recorded
 */
function details(recorded) {
  const fact = recorded.fact;
  const shown = Object.entries(fact).filter(([name, value]) => !APART.includes(name) && value !== '' && value !== null && value !== 0 &&
    value !== false && !(typeof value === 'object' && !Object.keys(value).length));
  const findings = (fact.findings ?? []).map((one) => h('p', { class: 'small' }, mark('unsure', t('finding')), ` ${recorded.rules[one.rule]?.[state.lang] || one.rule}`, one.detail && `: ${one.detail}`));
  const about = recorded.names[recorded.stream] && [h('dt', {}, t(`named.${recorded.names[recorded.stream].kind}`)), h('dd', {}, named(recorded.stream, recorded))];
  return [h('dl', { class: 'more' }, about, shown.map(([name, value]) => [h('dt', {}, t(`field.${name}`)), h('dd', {}, worded(name, value, recorded))])), findings];
}

/**
 * What an id names, as a link where there is a page of it.
 * @param {string} id
 * @param {RecordedWithCorrections} recorded
 * @returns {Child}
 */
function named(id, { names }) {
  const { kind, name } = names[id];
  if (kind === 'cadre') return person(id, name);
  if (kind === 'unit') return unit(id, name);
  if (kind === 'post') return post(id, name);
  return name;
}

/**
 * The value of a field of a fact, with names and links instead of ids.
 * @param {string} name
 * @param {unknown} value
 * @param {RecordedWithCorrections} recorded
 * @returns {Child}
 */
function worded(name, value, recorded) {
  const { fact, names } = recorded;
  const text = String(value);
  if (names[text]) return named(text, recorded);
  if (Array.isArray(value) && value.every((one) => names[String(one)])) return value.map((one, at) => [at ? ', ' : '', named(String(one), recorded)]);
  if (name === 'kind') return label(fact.type.startsWith('regulation') ? 'DocumentKind' : 'Kind', text);
  if (name === 'route') return label(fact.type.startsWith('organization') ? 'Route' : 'AppointmentRoute', text);
  if (name === 'reason') return label(fact.type.endsWith('unit-dissolved') ? 'DissolutionReason' : 'EndReason', text);
  return plain(name, value);
}

/**
 * The value of a field as text.
 * @param {string} name
 * @param {unknown} value
 * @returns {string}
 */
function plain(name, value) {
  if (name in ENUMS) return label(ENUMS[name], String(value ?? '')) || t('unknownDate');
  if (DATES.includes(name) || name === 'effective_from') return show(String(value ?? ''));
  if (Array.isArray(value)) return listed(name, value);
  if (value === true) return t('yes');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** @typedef {{ kind: string, from_count: number, to_count: number }} Target  How many units of a kind there were and are to be. */

/**
 * The value of a field that is a list, as text.
 * @param {string} name
 * @param {unknown[]} values
 */
function listed(name, values) {
  if (name === 'edges') return t('clauses', values.length);
  if (name === 'targets') return /** @type {Target[]} */ (values).map((one) => `${label('Kind', one.kind)}: ${one.from_count} → ${one.to_count}`).join(' · ');
  if (name === 'greenfield' || name === 'supersedes') return String(values.length);
  if (name === 'codes') return /** @type {Code[]} */ (values).map((code) => `${code.scheme} ${code.value}`).join(' · ');
  return JSON.stringify(values);
}
