/** Facts that cannot all be true: a list with filters, and a note on the pages of those concerned. */

/** @import { ConcernedThing, ContradictionLine } from '../responses.js' */
/** @import { Child, View } from '../page.js' */

import { LAST, period } from './dates.js';
import { fill, h, mark } from './dom.js';
import { ask, labelsOf, nothing } from './ledger.js';
import { person, post, proofOf, unit } from './lines.js';
import { go, here, state, to } from './state.js';
import { t } from './words.js';

/** @typedef {'cadre' | 'post' | 'place'} By  By whom or what the list is narrowed. */

const AT_ONCE = 200;

/** @type {View} */
export async function contradictionsView(signal) {
  const { items, next } = await ask('/contradictions', { ...about(), kind: state.kind, limit: AT_ONCE, known_at: state.known_at }, signal);
  const subject = items.flatMap((line) => line.concerns).find((each) => each.id === state.id)?.name ?? '';
  return { title: t('contradictions'), content: [
    h('p', { class: 'eyebrow' }, t('contradictions')), h('h2', { tabindex: '-1' }, subject || t('contradictions')),
    h('p', { class: 'lead' }, t('contradictionsWhy')), filter(),
    items.length ? h('ol', { class: 'plain contradictions' }, items.map(contradiction)) : nothing(t('noContradiction')),
    next && h('p', { class: 'small' }, t('firstFew', AT_ONCE)),
  ] };
}

/** @returns {Partial<Record<By, string>>} */
const about = () => (state.id ? { [['cadre', 'post'].includes(state.in) ? state.in : 'place']: state.id } : {});

/** The choice of one kind. */
function filter() {
  const kinds = [['', t('everyKind')], ...labelsOf('ContradictionKind')];
  const choice = h('select', { name: 'kind' }, kinds.map(([value, text]) => h('option', { value, selected: value === state.kind }, text)));
  choice.addEventListener('change', () => go(here({ kind: choice.value })));
  return h('p', { class: 'actions' }, h('label', {}, t('ofKind'), ' ', choice),
    state.id && h('a', { class: 'button', href: to({ view: 'contradictions', kind: state.kind }) }, t('everywhere')));
}

/** @param {ContradictionLine} line */
function contradiction(line) {
  const [title, mend] = state.lang === 'vi' ? [line.title_vi, line.mend_vi] : [line.title, line.mend];
  const now = line.since <= state.as_of && (line.until || LAST) > state.as_of;
  return h('li', { class: now ? 'now' : undefined },
    h('p', { class: 'head' }, h('strong', {}, title), ' ', h('span', { class: 'span' }, period(line.since, line.until, !line.until)),
      line.accepted_by && [' ', mark('ended', t('acceptedBy', line.accepted_by))]),
    h('p', {}, line.concerns.filter((each) => each.what !== 'tenure' && each.what !== 'rotation' && each.what !== 'entry')
      .map((each, at) => [at ? ' · ' : '', thing(each)])),
    h('p', { class: 'small' }, t('mend'), ' ', mend),
    line.facts.length > 0 && h('p', { class: 'tools' }, proofOf({ opened: line.facts.join(',') }, title)));
}

/**
 * @param {ConcernedThing} each
 * @returns {Child}
 */
function thing({ what, id, name }) {
  const text = name || id;
  switch (what) {
    case 'cadre': return name ? person(id, text) : `${t('person')} ${id}`;
    case 'post': return name ? post(id, text) : `${t('post')} ${id}`;
    case 'unit': return name ? unit(id, text) : `${t('unit')} ${id}`;
    default: return `${t('code')} ${id}`;
  }
}

/**
 * A note that there are some about the subject of the page, once the ledger has said so; until then, nothing.
 * @param {By} by
 * @param {string} id
 */
export function contradictionNote(by, id) {
  const place = h('div', { class: 'contradiction-note' });
  ask('/contradictions', { [by]: id, as_of: state.as_of, known_at: state.known_at, limit: AT_ONCE }).then(({ items }) => {
    if (!items.length) return;
    fill(place, h('p', { class: 'notice trouble' }, h('a', { href: to({ view: 'contradictions', id, in: by }) }, t('contradictionsHere', items.length))));
  }).catch(() => undefined);
  return place;
}
