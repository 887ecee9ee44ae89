/** Pieces that every list of the ledger shares: links to people, posts and units, marks, the way to the proof. */

import { h, icon, mark } from './dom.js';
import { label } from './ledger.js';
import { here, state, to } from './state.js';
import { t } from './words.js';

const link = (view, id, text, extra = {}) => h('a', { href: to({ view, id }), 'data-subject': id, ...extra }, text || t('unnamed'));

export const person = (id, name, extra) => link('person', id, name, extra);
export const post = (id, title, extra) => link('post', id, title, extra);
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

/** Shows which lines on the page are about what is open beside them. */
export function showCurrent() {
  for (const line of document.querySelectorAll('[data-subject]')) {
    if (line.dataset.subject === state.id) line.setAttribute('aria-current', 'true');
    else line.removeAttribute('aria-current');
  }
}
