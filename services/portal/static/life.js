/** The official life of one cadre on one page: the links from planning to the planned title, and every step with its proof. */

/** @import { Step } from '../responses.js' */
/** @import { View } from '../page.js' */

import { show } from './dates.js';
import { h } from './dom.js';
import { ask, label, nothing, path, times } from './ledger.js';
import { proofOf } from './lines.js';
import { state, to } from './state.js';
import { t } from './words.js';

const KINDS = ['PlanningSource', 'RemovalReason', 'TrainingField', 'TrainingStatus', 'MoveKind', 'Direction', 'RotationPurpose', 'RotationOutcome', 'Occasion', 'Grade', 'AppointmentRoute', 'Holding', 'EndReason', 'DisciplineForm', 'Side', 'ServiceEnd'];

/** @type {View} */
export async function lifeView(signal) {
  const life = await ask(path('cadres', state.id, 'life'), times(), signal);
  return { title: life.name, content: [
    h('p', { class: 'eyebrow' }, t('life')), h('h2', { tabindex: '-1' }, life.name),
    h('p', { class: 'actions' }, h('a', { class: 'button', href: to({ view: 'person', id: state.id }) }, t('person'))),
    life.chain.length > 0 && [h('h3', {}, t('chain')), h('ol', { class: 'chain' }, life.chain.map((kind) => h('li', {}, t(`life.${kind}`))))],
    h('h3', {}, t('steps')),
    life.steps.length ? h('ol', { class: 'terms' }, life.steps.map(step)) : nothing(t('noTerms')),
  ] };
}

/** @param {Step} one */
function step(one) {
  return h('li', {}, h('p', { class: 'span' }, show(one.day)), h('div', {},
    h('p', { class: 'head' }, h('strong', {}, t(`life.${one.kind}`)), one.title && ` ${inWords(one.title)}`, one.where && h('span', { class: 'where' }, inWords(one.where))),
    one.detail && h('p', { class: 'small' }, one.detail.split(' ').map(inWords).filter(Boolean).join(' · ')),
    h('p', { class: 'tools' }, proofOf({ opened: one.fact, decision: one.decision ?? undefined }, `${t(`life.${one.kind}`)}, ${show(one.day)}`))));
}

/**
 * A value of an enumeration in the words of the page; anything else as it is.
 * @param {string} value
 */
function inWords(value) {
  if (!/^[A-Z_]+$/.test(value)) return value;
  if (value === 'UNSTATED') return '';
  const kind = KINDS.find((name) => label(name, value) !== value);
  return kind ? label(kind, value) : t(`value.${value}`);
}
