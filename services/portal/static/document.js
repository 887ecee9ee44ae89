/** A decision document: what it is, and every fact that rests on it. */

/** @import { DecisionLine } from '../responses.js' */
/** @import { Child, View } from '../page.js' */

import { show } from './dates.js';
import { h, mark } from './dom.js';
import { ask, label, nothing, path, times } from './ledger.js';
import { proofOf } from './lines.js';
import { state } from './state.js';
import { t } from './words.js';

/** @type {View} */
export async function documentView(signal) {
  const [document, { items }] = await Promise.all([
    ask(path('decisions', state.id), times(), signal), ask(path('decisions', state.id, 'facts'), times(), signal)]);
  return { title: document.number, content: [
    h('p', { class: 'eyebrow' }, t('document')), h('h2', { tabindex: '-1' }, document.number), paper(document),
    h('h3', {}, t('restsOnIt')),
    items.length ? h('ul', { class: 'plain' }, items.map((one) => h('li', {}, h('strong', {}, one.name || t('unnamed')), ` · ${t(`what.${one.what}`)} `,
      proofOf({ opened: one.fact, decision: one.decision ?? undefined }, one.name)))) : nothing(t('nothingRests')),
  ] };
}

/**
 * What a document is, in a frame.
 * @param {DecisionLine} document
 * @param {Child} [number] its number, perhaps as a link
 */
export function paper(document, number = document.number) {
  return h('div', { class: 'paper' },
    h('p', {}, label('DocumentKind', document.kind), ' ', h('strong', {}, number)),
    document.title && h('p', {}, document.title),
    h('p', { class: 'small' }, [document.issuer, document.signer, t('signedOn', show(document.signed_on))].filter(Boolean).join(' · ')),
    document.revoked && mark('ended', t('revokedOn', show(document.valid_to))));
}
