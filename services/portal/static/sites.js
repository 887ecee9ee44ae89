/** The sites of the tree: how much of each one is here, what of this one has arrived above, and what is wrong. */

/** @import { OriginLine } from '../responses.js' */
/** @import { View } from '../page.js' */

import { showKnown } from './dates.js';
import { h, mark } from './dom.js';
import { ask, nothing } from './ledger.js';
import { t } from './words.js';

const WELL = ['following', 'unknown'];
const ALARMING = ['fork', 'key', 'two-writers', 'silent', 'clock'];

/** @type {View} */
export async function sitesView(signal) {
  const { site, parent, own, origins, alarms, proposed } = await ask('/sync/status', {}, signal);
  return { title: t('sites'), content: [
    h('p', { class: 'eyebrow' }, t('sites')), h('h2', { tabindex: '-1' }, site),
    h('p', { class: 'lead' }, parent ? t('siteBelow', parent) : t('siteOnTop')),
    parent && h('p', {}, t('ownDelivered', own.recorded, own.sent, own.delivered)),
    parent && own.delivered < own.recorded && h('p', { class: 'small' }, t('undelivered', own.recorded - own.delivered)),
    alarms.length > 0 && h('div', { class: 'notice trouble', role: 'alert' }, h('ul', { class: 'plain' },
      alarms.map((alarm) => h('li', {}, h('strong', {}, alarm.origin), ' ', said(alarm.what))),
      proposed.map(({ command }) => h('li', {}, t('clockMended'), ' ', h('code', {}, command))))),
    origins.length ? table(origins) : nothing(t('noOtherSite')),
  ] };
}

/** @param {OriginLine[]} origins */
function table(origins) {
  const heads = ['site', 'siteState', 'heardUntil', 'behind'].map((name) => h('th', { scope: 'col' }, t(name)));
  return h('table', { class: 'report sites' }, h('thead', {}, h('tr', {}, heads)), h('tbody', {}, origins.map(row)));
}

/** @param {OriginLine} line */
function row(line) {
  return h('tr', {}, h('th', { scope: 'row' }, line.origin),
    h('td', {}, line.states.map((state, at) => [at ? ' · ' : '', WELL.includes(state) ? said(state) : mark(ALARMING.includes(state) ? 'vacant' : 'ended', said(state))]),
      line.gaps.map((gap) => h('p', { class: 'small' }, t('gapOf', gap.topic, gap.first, gap.last))),
      line.parked > 0 && h('p', { class: 'small' }, t('parkedHere', line.parked)),
      line.quarantined > 0 && h('p', { class: 'small' }, t('quarantinedHere', line.quarantined))),
    h('td', {}, line.heard_until ? showKnown(line.heard_until) : t('unknownDate')),
    h('td', {}, String(line.behind)));
}

/**
 * What a state or an alarm is called; `closed(x)` names the custodian.
 * @param {string} state
 */
function said(state) {
  const [, name = state, custodian = ''] = /^([\w-]+)\((.*)\)$/.exec(state) ?? [];
  return t(`site.${name}`, custodian);
}
