/** Histories of terms: of a person, of a post, of everyone who led a unit. */

import { earliest, LAST, latest, period, show } from './dates.js';
import { h, icon, mark } from './dom.js';
import { ask, label, nameSoon, nothing, times } from './ledger.js';
import { holdingMarks, person, post, proofOf, unit } from './lines.js';
import { here, state, to } from './state.js';
import { timeline } from './timeline.js';
import { t } from './words.js';

/** In effective order, as answered; of terms that began together the concurrent ones come last. */
async function history(by, id, signal) {
  const key = (term) => `${/^\d/.test(term.start) ? term.start : LAST} ${term.holding === 'CONCURRENT' ? 1 : 0}`;
  const { items } = await ask('/term-history', { [by]: id, ...times() }, signal);
  return items.sort((one, other) => (key(one) < key(other) ? -1 : Number(key(one) > key(other))));
}

export async function personView(signal) {
  const terms = await history('cadre', state.id, signal);
  const name = terms[0]?.name || t('unnamedPerson');
  const now = terms.filter((term) => holds(term));
  return { title: name, content: [
    h('p', { class: 'eyebrow' }, t('person')), h('h2', { tabindex: '-1' }, name),
    terms.length ? h('p', { class: 'lead' }, now.length ? t('onDayHolds', show(state.as_of)) : t('onDayNone', show(state.as_of)),
      now.map((term, at) => [at ? '; ' : ' ', post(term.post, term.title), term.unit && [', ', unit(term.unit, term.unit_name)]])) : nothing(t('noTerms')),
    h('p', { class: 'actions' }, h('a', { class: 'button', href: to({ view: 'life', id: state.id }) }, t('life'))),
    timeline(terms.map((term) => asBar(term, term.title)), name),
    list(terms, (term) => [h('strong', {}, post(term.post, term.title)), term.unit && h('span', { class: 'where' }, unit(term.unit, term.unit_name))]),
  ] };
}

export async function postView(signal) {
  const terms = await history('post', state.id, signal);
  const post_ = terms.at(-1);
  const home = post_?.unit || state.in;
  const chair = home && await chairNow(home, signal);
  const found = !post_ && !chair && state.q && (await ask('/search', { q: state.q, ...times() }, signal)).items.find((hit) => hit.id === state.id);
  const title = post_?.title ?? chair?.title ?? found?.name ?? t('post');
  const rows = withGaps(terms, chair);
  return { title: post_ ? `${title}, ${post_.unit_name}` : title, content: [
    h('p', { class: 'eyebrow' }, t('post')), h('h2', { tabindex: '-1' }, title),
    home && h('p', { class: 'lead' }, post_ ? unit(home, post_.unit_name) : nameSoon(home, state.as_of, (name) => unit(home, name)),
      chair?.seats > 1 && ` · ${t('seats', chair.seats)}`, chair?.vacant > 0 && [' ', mark('vacant', chair.seats > 1 ? t('vacantOf', chair.vacant, chair.seats) : t('vacant'))],
      chair?.key_title && [' ', mark('key', t('keyTitle'))]),
    home && home !== state.unit && h('p', { class: 'actions' }, h('a', { class: 'button', href: here({ unit: home }) }, icon('tree'), t('chartFrom'))),
    found && h('p', { class: 'lead' }, found.detail), !terms.length && nothing(t('nobodyYet')),
    timeline(rows.filter((row) => !row.gap || row.sure).map((row) => (row.gap ? gapBar(row) : asBar(row, row.name))), title),
    list(rows, (term) => [h('strong', {}, person(term.cadre, term.name))]),
  ] };
}

/** Everyone who held a post of a unit, for the unit's own page. */
export async function unitTerms(id, signal = undefined) {
  const terms = await history('unit', id, signal);
  return terms.length
    ? list(terms, (term) => [h('strong', {}, person(term.cadre, term.name)), h('span', { class: 'where' }, post(term.post, term.title))])
    : nothing(t('nobodyYet'));
}

async function chairNow(id, signal) {
  const said = await ask('/org-chart', { unit: id, ...times(), depth: 0 }, signal).catch((error) => {
    if (error.status === 404) return { items: [] };
    throw error;
  });
  return said.items[0]?.posts.find((chair) => chair.post === state.id);
}

export function list(rows, head) {
  const names = new Map(rows.filter((row) => !row.gap).map((row) => [row.tenure, row]));
  return h('ol', { class: 'terms' }, rows.map((row) => (row.gap ? gapLine(row) : termLine(row, head, names))));
}

function termLine(term, head, names) {
  const [name, where] = head(term);
  const posts = (ids) => new Map(ids.map((id) => [names.get(id)?.post ?? id, id])).values();
  const others = (ids) => [...posts(ids)].map((id, at) => [at ? '; ' : '', names.get(id) ? h('a', { href: `#t-${id}` }, names.get(id).title) : t('otherPost')]);
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

/** How the term came about, which one it is, how it ended or is to end. */
function sentence(term) {
  return [
    label('AppointmentRoute', term.route),
    term.term_no > 1 && t('termNo', term.term_no),
    term.ended ? label('EndReason', term.ended) && t('endedBy', label('EndReason', term.ended))
      : term.planned_end && t('plannedEnd', show(term.planned_end)),
    !term.proof.decision && t('pendingLine'),
  ].filter(Boolean).join(' · ');
}

function gapLine(gap) {
  return h('li', { class: 'gap' }, h('p', { class: 'span' }, period(gap.from, gap.to, !gap.ended)),
    h('p', {}, mark('vacant', gap.sure ? t('vacant') : t('perhapsVacant'))));
}

/** The terms with the times between them in which nobody held the post; up to the day asked for, where that is known. */
function withGaps(terms, chair) {
  const rows = [];
  let until = '';
  for (const term of terms) {
    const known = until && until !== 'open' && until.end !== term.start && latest(until.end) && earliest(term.start);
    if (known && latest(term.start) > earliest(until.end)) {
      rows.push({ gap: true, from: until.end, to: term.start, ended: 'x', sure: earliest(term.start) > latest(until.end) });
    }
    rows.push(term);
    if (until === 'open') continue;
    if (!term.ended) until = 'open';
    else if (!until || latest(term.end) > latest(until.end)) until = term;
  }
  const last = until && until !== 'open' && chair?.vacant && !chair.holders.length && latest(until.end);
  if (last && last <= state.as_of) rows.push({ gap: true, from: until.end, to: '', ended: '', sure: true });
  return rows;
}

const asBar = (term, text) => ({ from: term.start, to: term.end, ended: term.ended, label: text, target: `t-${term.tenure}`,
  kind: term.holding.toLowerCase(), pauses: term.suspensions });

const gapBar = (gap) => ({ from: latest(gap.from), to: gap.to && earliest(gap.to), ended: gap.ended, label: t('vacant'), target: '', kind: 'gap' });

/** Held on the day of the page, in some reading of its dates; and in every reading. */
const holds = (term) => earliest(term.start) <= state.as_of && (!term.ended || !latest(term.end) || latest(term.end) > state.as_of);
const certain = (term) => !(holds(term) && !(latest(term.start) <= state.as_of && (!term.ended || earliest(term.end) > state.as_of)));
