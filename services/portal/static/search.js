/** Finding people, units and posts by words without marks; and who held a title in a place on the day. */

/** @import { Hit, TermLine } from '../responses.js' */
/** @import { View } from '../page.js' */

import { FIRST, LAST, period, show } from './dates.js';
import { h, mark } from './dom.js';
import { ask, label, nothing, times } from './ledger.js';
import { holdingMarks, person, post, proofOf, unit } from './lines.js';
import { state } from './state.js';
import { t } from './words.js';

const LIMIT = 50;
const KINDS = /** @type {const} */ (['cadre', 'unit', 'post']);
const LINKS = { cadre: person, unit, post };

/** @type {View} */
export async function searchView(signal) {
  const title = state.q ? t('foundFor', state.q) : t('search');
  const head = [h('p', { class: 'eyebrow' }, t('search')), h('h2', { tabindex: '-1' }, title)];
  if (!state.q) return { title, content: [head, nothing(t('searchHint'))] };
  const [hits, held] = await Promise.all([ask('/search', { q: state.q, ...times(), most: LIMIT }, signal), whoHeld(signal)]);
  const groups = KINDS.map((kind) => ({ kind, lines: hits.items.filter((hit) => hit.kind === kind) }));
  const found = hits.items.length + held.length;
  return { title, content: [
    head, h('p', { role: 'status', class: 'small' }, found ? t('foundCount', found) : ''),
    !found && nothing(t('foundNothing'), h('p', {}, t('searchHint'))),
    held.length > 0 && [h('h3', {}, t('heldOn', show(state.as_of))), h('ul', { class: 'hits' }, held.map(holder))],
    groups.filter(({ lines }) => lines.length).map(({ kind, lines }) => [
      h('h3', {}, t(`kind.${kind}`), ' ', h('span', { class: 'count' }, String(lines.length))), h('ul', { class: 'hits' }, lines.map(line)),
      lines.length === LIMIT && h('p', { class: 'small' }, t('firstFew', LIMIT))]),
  ] };
}

/**
 * "title, place": the same words also ask who held it on the day of the page.
 * @param {AbortSignal} signal
 * @returns {Promise<TermLine[]>}
 */
async function whoHeld(signal) {
  const [title, place, more] = state.q.split(',').map((part) => part.trim());
  if (!title || !place || more !== undefined) return [];
  return (await ask('/who-held', { title, place, date: state.as_of, known_at: state.known_at }, signal)).items;
}

/** @param {TermLine} term */
function holder(term) {
  return h('li', {}, h('p', { class: 'head' }, h('strong', {}, person(term.cadre, term.name)), ' ', holdingMarks(term, term.certainty === 'certain')),
    h('p', { class: 'small' }, post(term.post, term.title), ', ', unit(term.unit, term.unit_name), ' · ', period(term.start, term.end, !term.ended),
      label('AppointmentRoute', term.route) && ` · ${label('AppointmentRoute', term.route)}`, ' ', proofOf(term.proof, `${term.title}, ${term.name}`, false)));
}

/** @param {Hit} hit */
function line(hit) {
  const dated = hit.kind !== 'cadre' && (hit.valid_from !== FIRST || hit.valid_to !== LAST);
  const past = hit.valid_to <= state.as_of;
  const coming = hit.valid_from > state.as_of;
  return h('li', {},
    h('p', { class: 'head' }, h('strong', {}, LINKS[hit.kind](hit.id, hit.name)), ' ',
      past && mark('ended', t('endedOn', show(hit.valid_to))), coming && hit.kind !== 'cadre' && mark('unsure', t('beginsOn', show(hit.valid_from)))),
    h('p', { class: 'small' }, [hit.detail, dated && period(hit.valid_from, hit.valid_to)].filter(Boolean).join(' · ')));
}
