/** Pieces that every list of the ledger shares: links to people, posts and units, marks, the way to the proof. */

/** @import { HolderNode, Proof } from '../responses.js' */
/** @import { Attributes } from '../page.js' */
/** @import { Changes } from './state.js' */

import { all, h, icon, mark } from './dom.js';
import { label } from './ledger.js';
import { here, state, to } from './state.js';
import { t } from './words.js';

/**
 * A link to a view. From a search its words go along, so that they stay in the field.
 * @param {string} view
 * @param {string} id
 * @param {string} text
 * @param {Attributes} [extra]
 * @param {Changes} [more]
 */
function link(view, id, text, extra = {}, more = {}) {
  const q = state.view === 'search' ? state.q : '';
  return h('a', { href: to({ view, id, q, ...more }), 'data-subject': id, ...extra }, text || t('unnamed'));
}

/** @type {(id: string, name: string, extra?: Attributes) => HTMLElement} */
export const person = (id, name, extra) => link('person', id, name, extra);
/** @type {(id: string, title: string, extra?: Attributes, inUnit?: string) => HTMLElement} */
export const post = (id, title, extra, inUnit = '') => link('post', id, title, extra, { in: inUnit });
/** @type {(id: string, name: string, extra?: Attributes) => HTMLElement} */
export const unit = (id, name, extra) => link('unit', id, name, extra);

/**
 * The link from a line to its proof. Its outline is broken while the decision document is pending.
 * @param {Proof | undefined} proof
 * @param {string} about what the line says, for those who do not see it
 * @param {boolean} [words] with a word beside the icon
 */
export function proofOf(proof, about, words = true) {
  if (!proof?.opened) return null;
  const pending = !proof.decision || (proof.closed && !proof.closing_decision);
  const title = `${t('proof')}: ${about}${pending ? ` (${t('pendingShort')})` : ''}`;
  const facts = [proof.opened, proof.closed].filter(Boolean).join(',');
  return h('a', { class: `proof${pending ? ' pending' : ''}`, href: here({ proof: facts }), 'aria-label': title, title },
    icon(pending ? 'pending' : 'proof'), words && t('proof'));
}

/**
 * How a post is held: acting, in charge, concurrent, suspended, not certain.
 * @param {Pick<HolderNode, 'holding' | 'status'>} term
 * @param {boolean} certain
 */
export function holdingMarks(term, certain) {
  return [
    ['ACTING', 'IN_CHARGE', 'CONCURRENT'].includes(term.holding) && mark(term.holding.toLowerCase(), label('Holding', term.holding)),
    term.status === 'SUSPENDED' && mark('suspended', t('suspended')),
    !certain && mark('unsure', t('unsure'), t('unsureWhy')),
  ];
}

/** Show which lines of the chart are about what is open beside them. */
export function showCurrent() {
  for (const line of all(document, '#chart [data-subject]', HTMLElement)) {
    if (line.dataset.subject === state.id) line.setAttribute('aria-current', 'true');
    else line.removeAttribute('aria-current');
  }
}
