/** The proof of a line: the facts that opened and closed it, what was corrected since, and the decision documents. */

import { show, showInstant } from './dates.js';
import { fill, h, icon, mark } from './dom.js';
import { ask, label, nameSoon, path, trouble } from './ledger.js';
import { post, unit } from './lines.js';
import { leave, state } from './state.js';
import { t } from './words.js';

const ENUMS = { role: 'Role', holding: 'Holding', quota: 'QuotaKind', bloc: 'Bloc', step: 'Step', category: 'Category' };
const UNITS = ['parent', 'unit', 'vertical', 'territorial', 'authority', 'scope'];
const POSTS = ['post', 'paired_post', 'successor'];
const DATES = ['until', 'age_reference', 'held_on', 'overage_until', 'signed_on', 'decided_on', 'effective_to', 'birth'];
const APART = ['type', 'effective_from', 'same_day_order', 'decision', 'confidentiality', 'managed_by', 'findings', 'tenure',
  'previous', 'continues', 'next_tenure', 'reorganisation', 'baseline', 'template', 'planned_entry', 'evaluation', 'nomination', 'identity', 'national_id', 'file_hash'];

let loading = new AbortController();

/** Opens or closes the panel as the address says. */
export function drawProof(panel) {
  loading.abort();
  if (!state.proof) {
    if (panel.open) panel.close();
    return;
  }
  loading = new AbortController();
  const { signal } = loading;
  const links = state.proof.split(',').slice(0, 2);
  const sections = links.map((link, at) => h('section', { 'aria-busy': 'true' }, h('p', { class: 'waiting' }, t('loading'), at)));
  const close = h('button', { type: 'button', class: 'bare', 'aria-label': t('close'), onclick: () => panel.close() }, icon('close'));
  fill(panel, h('header', {}, h('h2', { id: 'proof-title' }, t('proofTitle')), close), h('p', { class: 'small' }, t('proofHint')), sections);
  if (!panel.open) panel.showModal();
  links.forEach((link, at) => draw(sections[at], link, t(at ? 'closedBy' : 'openedBy'), signal));
}

/** Escape, the button and a click beside the panel leave by the same door. */
export function closes(panel) {
  panel.addEventListener('close', () => state.proof && leave({ proof: '' }));
  panel.addEventListener('click', (event) => event.target === panel && panel.close());
}

async function draw(section, link, title, signal) {
  try {
    const fact = await ask(path('facts', ...link.split('/')), {}, signal);
    const decision = fact.fact.decision && await ask(path('decisions', fact.fact.decision), {}, signal).catch(() => null);
    fill(section, h('p', { class: 'eyebrow' }, title), h('h3', {}, t(`fact.${fact.fact.type}`)), corrected(fact), document_(fact, decision), when(fact), details(fact.fact));
  } catch (error) {
    if (signal.aborted) return;
    fill(section, h('p', { class: 'eyebrow' }, title), trouble(error, () => draw(section, link, title, signal)));
  }
  section.removeAttribute('aria-busy');
}

function document_(fact, decision) {
  if (!decision) {
    const known = fact.fact.type.startsWith('regulation') ? fact.fact : null;
    if (known?.number) return paper(known);
    return h('div', { class: 'paper missing' }, h('strong', {}, t(fact.fact.decision ? 'decisionUnknown' : 'pending')), h('p', {}, t('pendingWhy')));
  }
  return paper(decision);
}

function paper(decision) {
  return h('div', { class: 'paper' },
    h('p', {}, label('DocumentKind', decision.kind), ' ', h('strong', {}, decision.number)),
    decision.title && h('p', {}, decision.title),
    h('p', { class: 'small' }, [decision.issuer, decision.signer, t('signedOn', show(decision.signed_on))].filter(Boolean).join(' · ')),
    decision.revoked && mark('ended', t('revokedOn', show(decision.valid_to))));
}

/** Said in words above everything else: this fact no longer counts, or counts otherwise. */
function corrected(fact) {
  return (fact.corrections ?? []).map((one) => h('div', { class: 'paper correction' },
    h('strong', {}, t(one.fact.mode === 'VOID' ? 'voided' : 'amended')), h('p', {}, t('correctedBy', showInstant(one.recorded_at), one.actor)),
    one.fact.reason && h('p', {}, `${t('reason')}: ${one.fact.reason}`),
    Object.entries(one.fact.new_values ?? {}).map(([name, value]) =>
      h('p', {}, `${t(`field.${name}`)}: `, h('s', {}, plain(name, fact.fact[name] ?? '')), ' → ', h('b', {}, plain(name, value))))));
}

function when(fact) {
  const rows = [['effectiveFrom', show(fact.fact.effective_from)], ['recordedAt', showInstant(fact.recorded_at)],
    ['recordedBy', fact.actor], ['site', fact.site]];
  return h('dl', {}, rows.map(([name, value]) => [h('dt', {}, t(name)), h('dd', {}, value || '–')]));
}

function details(fact) {
  const shown = Object.entries(fact).filter(([name, value]) => !APART.includes(name) && value !== '' && value !== null && value !== 0 &&
    value !== false && !(Array.isArray(value) && !value.length) && !(typeof value === 'object' && !Object.keys(value).length));
  const findings = (fact.findings ?? []).map((one) => h('p', { class: 'small' }, mark('unsure', t('finding')), ` ${one.rule} ${one.detail ?? ''}`));
  return [h('dl', { class: 'more' }, shown.map(([name, value]) => [h('dt', {}, t(`field.${name}`)), h('dd', {}, worded(name, value, fact))])), findings];
}

function worded(name, value, fact) {
  if (UNITS.includes(name)) return nameSoon(value, fact.effective_from, (text) => unit(value, text));
  if (POSTS.includes(name)) return post(value, t('seePost'));
  if (name === 'kind') return label(fact.type.startsWith('regulation') ? 'DocumentKind' : 'Kind', value);
  if (name === 'route') return label(fact.type.startsWith('organization') ? 'Route' : 'AppointmentRoute', value);
  if (name === 'reason') return label(fact.type.endsWith('unit-dissolved') ? 'DissolutionReason' : 'EndReason', value);
  return plain(name, value);
}

function plain(name, value) {
  if (name in ENUMS) return label(ENUMS[name], value) || t('unknownDate');
  if (DATES.includes(name) || name === 'effective_from') return show(value);
  if (name === 'edges') return t('clauses', value.length);
  if (name === 'targets') return value.map((one) => `${label('Kind', one.kind)}: ${one.from_count} → ${one.to_count}`).join(' · ');
  if (['greenfield', 'supersedes'].includes(name)) return String(value.length);
  if (name === 'codes') return value.map((code) => `${code.scheme} ${code.value}`).join(' · ');
  if (value === true) return t('yes');
  return Array.isArray(value) || typeof value === 'object' ? JSON.stringify(value) : String(value);
}
