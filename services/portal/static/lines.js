/** Pieces that every list of the ledger shares: links to people, posts and units, marks, the way to the proof. */

import { h, icon, mark } from './dom.js';
import { label } from './ledger.js';
import { here, state, to } from './state.js';
import { t } from './words.js';

/** From a search the words go along, so that they stay in the field. */
function link(view, id, text, extra = {}, more = {}) {
  const q = state.view === 'search' ? state.q : '';
  return h('a', { href: to({ view, id, q, ...more }), 'data-subject': id, ...extra }, text || t('unnamed'));
}

export const person = (id, name, extra) => link('person', id, name, extra);
export const post = (id, title, extra, inUnit = '') => link('post', id, title, extra, { in: inUnit });
export const unit = (id, name, extra) => link('unit', id, name, extra);

/** The small control behind a line. Its outline is broken while the decision document is pending. */
export function proofOf(proof, about, words = true) {
  if (!proof?.opened) return null;
  const pending = !proof.decision || (proof.closed && !proof.closing_decision);
  const said = `${t('proof')}: ${about}${pending ? ` (${t('pendingShort')})` : ''}`;
  const facts = [proof.opened, proof.closed].filter(Boolean).join(',');
  return h('a', { class: `proof${pending ? ' pending' : ''}`, href: here({ proof: facts }), 'aria-label': said, title: said },
    icon(pending ? 'pending' : 'proof'), words && t('proof'));
}

/** How a post is held: acting, in charge, concurrent, suspended, not certain. */
export function holdingMarks(seat, certain = seat.certain) {
  return [
    ['ACTING', 'IN_CHARGE', 'CONCURRENT'].includes(seat.holding) && mark(seat.holding.toLowerCase(), label('Holding', seat.holding)),
    seat.status === 'SUSPENDED' && mark('suspended', t('suspended')),
    certain === false && mark('unsure', t('unsure'), t('unsureWhy')),
  ];
}

/** Shows which lines of the chart are about what is open beside them. */
export function showCurrent() {
  for (const line of document.querySelectorAll('#chart [data-subject]')) {
    if (line.dataset.subject === state.id) line.setAttribute('aria-current', 'true');
    else line.removeAttribute('aria-current');
  }
}
