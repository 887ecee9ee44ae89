/** Histories of terms: of a person, of a post, of everyone who led a unit. */

/** @import { PostNode, TermLine } from '../responses.js' */
/** @import { Child, View } from '../page.js' */
/** @import { Bar } from './timeline.js' */

import { contradictionNote } from './contradictions.js';
import { earliest, LAST, latest, period, show } from './dates.js';
import { h, icon, mark } from './dom.js';
import { ask, label, nameSoon, nothing, path, Problem, times } from './ledger.js';
import { holdingMarks, person, post, proofOf, unit } from './lines.js';
import { here, state, to } from './state.js';
import { timeline } from './timeline.js';
import { t } from './words.js';

/**
 * A time in which nobody held the post; `sure` in every reading of the dates around it.
 * @typedef {{ from: string, to: string, ended: string, sure: boolean }} Gap
 */
/** @typedef {(term: TermLine) => [name: Child, where?: Child]} Head  What a line of a list says first. */

/** @type {(row: TermLine | Gap) => row is Gap} */
const isGap = (row) => 'sure' in row;

/**
 * In effective order, as answered; of terms that began together the concurrent ones come last.
 * @param {'cadre' | 'post' | 'unit'} by
 * @param {string} id
 * @param {AbortSignal} [signal]
 */
async function history(by, id, signal) {
  /** @param {TermLine} term */
  const key = (term) => `${/^\d/.test(term.start) ? term.start : LAST} ${term.holding === 'CONCURRENT' ? 1 : 0}`;
  const { items } = await ask('/term-history', { [by]: id, ...times() }, signal);
  return items.sort((one, other) => (key(one) < key(other) ? -1 : Number(key(one) > key(other))));
}

/** @type {View} */
export async function personView(signal) {
  const terms = await history('cadre', state.id, signal);
  const name = terms[0]?.name || (await ask(path('cadres', state.id, 'life'), times(), signal)).name || t('unnamedPerson');
  const now = terms.filter((term) => holds(term));
  return { title: name, content: [
    h('p', { class: 'eyebrow' }, t('person')), h('h2', { tabindex: '-1' }, name), contradictionNote('cadre', state.id),
    terms.length ? h('p', { class: 'lead' }, now.length ? t('onDayHolds', show(state.as_of)) : t('onDayNone', show(state.as_of)),
      now.map((term, at) => [at ? '; ' : ' ', post(term.post, term.title), term.unit && [', ', unit(term.unit, term.unit_name)]])) : nothing(t('noTerms')),
    h('p', { class: 'actions' }, h('a', { class: 'button', href: to({ view: 'life', id: state.id }) }, t('life'))),
    timeline(terms.map((term) => asBar(term, term.title)), name),
    listOf(terms, (term) => [h('strong', {}, post(term.post, term.title)), term.unit && h('span', { class: 'where' }, unit(term.unit, term.unit_name))]),
  ] };
}

/**
 * The title of a post that nobody has held. Throws a Problem where there is no such post.
 * @param {AbortSignal} signal
 */
async function postTitle(signal) {
  const names = await ask('/names', { ids: state.id, ...times() }, signal);
  if (!names[state.id]) throw new Problem({}, 404);
  return names[state.id].name;
}

/** @type {View} */
export async function postView(signal) {
  const terms = await history('post', state.id, signal);
  const last = terms.at(-1);
  const home = last?.unit || state.in;
  const now = home ? await postNow(home, signal) : undefined;
  const search = !last && !now && state.q ? await ask('/search', { q: state.q, ...times(), most: 20 }, signal) : undefined;
  const found = search?.items.find((hit) => hit.id === state.id);
  const title = last?.title ?? now?.title ?? found?.name ?? await postTitle(signal);
  const [seats, vacant] = [now?.seats ?? 0, now?.vacant ?? 0];
  const rows = withGaps(terms, now);
  return { title: last ? `${title}, ${last.unit_name}` : title, content: [
    h('p', { class: 'eyebrow' }, t('post')), h('h2', { tabindex: '-1' }, title), contradictionNote('post', state.id),
    home && h('p', { class: 'lead' }, last ? unit(home, last.unit_name) : nameSoon(home, state.as_of, (name) => unit(home, name)),
      seats > 1 && ` · ${t('seats', seats)}`, vacant > 0 && [' ', mark('vacant', seats > 1 ? t('vacantOf', vacant, seats) : t('vacant'))],
      now?.key_title && [' ', mark('key', t('keyTitle'))]),
    home && home !== state.unit && h('p', { class: 'actions' }, h('a', { class: 'button', href: here({ unit: home }) }, icon('tree'), t('chartFrom'))),
    found && h('p', { class: 'lead' }, found.detail), !terms.length && nothing(t('nobodyYet')),
    timeline(rows.filter((row) => !isGap(row) || row.sure).map((row) => (isGap(row) ? gapBar(row) : asBar(row, row.name))), title),
    listOf(rows, (term) => [h('strong', {}, person(term.cadre, term.name))]),
  ] };
}

/**
 * Everyone who held a post of a unit, for the unit's own page.
 * @param {string} id
 */
export async function unitTerms(id) {
  const terms = await history('unit', id);
  return terms.length
    ? listOf(terms, (term) => [h('strong', {}, person(term.cadre, term.name)), h('span', { class: 'where' }, post(term.post, term.title))])
    : nothing(t('nobodyYet'));
}

/**
 * The post of the view as it is in its unit on the day of the page.
 * @param {string} id of the unit
 * @param {AbortSignal} signal
 * @returns {Promise<PostNode | undefined>}
 */
async function postNow(id, signal) {
  try {
    const { items } = await ask('/org-chart', { unit: id, ...times(), depth: 0 }, signal);
    return items[0]?.posts.find((one) => one.post === state.id);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return undefined;
    throw error;
  }
}

/**
 * @param {(TermLine | Gap)[]} rows
 * @param {Head} head
 */
function listOf(rows, head) {
  const names = new Map(rows.flatMap((row) => (isGap(row) ? [] : [/** @type {const} */ ([row.tenure, row])])));
  return h('ol', { class: 'terms' }, rows.map((row) => (isGap(row) ? gapLine(row) : termLine(row, head, names))));
}

/**
 * @param {TermLine} term
 * @param {Head} head
 * @param {Map<string, TermLine>} names every term of the list by its id
 */
function termLine(term, head, names) {
  const [name, where] = head(term);
  /** @param {string[]} ids */
  const onePerPost = (ids) => new Map(ids.map((id) => [names.get(id)?.post ?? id, id])).values();
  /** @param {string[]} ids */
  const others = (ids) => [...onePerPost(ids)].map((id, at) => {
    const other = names.get(id);
    return [at ? '; ' : '', other ? h('a', { href: `#t-${id}` }, other.title) : t('otherPost')];
  });
  const perhaps = term.possibly_concurrent.filter((id) => names.has(id));
  const elsewhere = term.concurrent.filter((id) => !names.has(id)).length;
  return h('li', { id: `t-${term.tenure}`, class: holds(term) ? 'now' : undefined },
    h('p', { class: 'span' }, period(term.start, term.end, !term.ended)),
    h('div', {},
      h('p', { class: 'head' }, name, ' ', holdingMarks(term, certain(term)).map((one) => one && [one, ' ']), where),
      h('p', { class: 'small' }, sentence(term)),
      term.suspensions.map((pause) => h('p', { class: 'small' }, t('suspendedFor', period(pause.start, pause.end)))),
      term.concurrent.length > 0 && h('p', { class: 'small' },
        elsewhere ? t('alsoHeld', term.concurrent.length) : [t('alongside'), ' ', others(term.concurrent)]),
      perhaps.length > 0 && h('details', { class: 'small' }, h('summary', {}, t('perhapsAlongside', perhaps.length)), others(perhaps)),
      h('p', { class: 'tools' }, proofOf(term.proof, `${term.title}, ${term.name}`))));
}

/**
 * How the term came about, which one it is, how it ended or is to end.
 * @param {TermLine} term
 */
function sentence(term) {
  return [
    label('AppointmentRoute', term.route),
    term.term_no > 1 && t('termNo', term.term_no),
    term.ended ? label('EndReason', term.ended) && t('endedBy', label('EndReason', term.ended))
      : term.planned_end && t('plannedEnd', show(term.planned_end)),
    !term.proof.decision && t('pendingLine'),
  ].filter(Boolean).join(' · ');
}

/** @param {Gap} gap */
function gapLine(gap) {
  return h('li', { class: 'gap' }, h('p', { class: 'span' }, period(gap.from, gap.to, !gap.ended)),
    h('p', {}, mark('vacant', gap.sure ? t('vacant') : t('perhapsVacant'))));
}

/**
 * The time between two terms; null where there is none or it is not known.
 * @param {TermLine} before
 * @param {TermLine} after
 * @returns {Gap | null}
 */
function gapBetween(before, after) {
  const known = before.end !== after.start && latest(before.end) && earliest(after.start);
  if (!known || latest(after.start) <= earliest(before.end)) return null;
  return { from: before.end, to: after.start, ended: 'x', sure: earliest(after.start) > latest(before.end) };
}

/**
 * The terms with the times between them in which nobody held the post; up to the day asked for, where that is known.
 * @param {TermLine[]} terms
 * @param {PostNode | undefined} now
 */
function withGaps(terms, now) {
  /** @type {(TermLine | Gap)[]} */
  const rows = [];
  /**
   * The term that ends last so far; 'open' when one does not end.
   * @type {TermLine | 'open' | null}
   */
  let until = null;
  for (const term of terms) {
    if (until === 'open') {
      rows.push(term);
      continue;
    }
    const gap = until && gapBetween(until, term);
    if (gap) rows.push(gap);
    rows.push(term);
    if (!term.ended) until = 'open';
    else if (!until || latest(term.end) > latest(until.end)) until = term;
  }
  if (!until || until === 'open' || !now?.vacant || now.holders.length) return rows;
  const last = latest(until.end);
  if (last && last <= state.as_of) rows.push({ from: until.end, to: '', ended: '', sure: true });
  return rows;
}

/** @type {(term: TermLine, text: string) => Bar} */
const asBar = (term, text) => ({ from: term.start, to: term.end, ended: term.ended, label: text, target: `t-${term.tenure}`,
  kind: term.holding.toLowerCase(), pauses: term.suspensions });

/** @type {(gap: Gap) => Bar} */
const gapBar = (gap) => ({ from: latest(gap.from), to: gap.to && earliest(gap.to), ended: gap.ended, label: t('vacant'), target: '', kind: 'gap' });

/**
 * Whether the term holds on the day of the page, in some reading of its dates.
 * @param {TermLine} term
 */
const holds = (term) => earliest(term.start) <= state.as_of && (!term.ended || !latest(term.end) || latest(term.end) > state.as_of);
/**
 * Whether it does in every reading, if it does in one.
 * @param {TermLine} term
 */
const certain = (term) => !(holds(term) && !(latest(term.start) <= state.as_of && (!term.ended || earliest(term.end) > state.as_of)));
