/** A unit through time: its versions, where it came from and went, who led it; and what differs between two days. */

/** @import { Difference, LineageLine, UnitLine } from '../responses.js' */
/** @import { Child, View } from '../page.js' */

import { contradictionNote } from './contradictions.js';
import { FIRST, LAST, parse, period, shift, show } from './dates.js';
import { all, clearValidity, fill, h, icon, mark } from './dom.js';
import { heirs } from './heirs.js';
import { ask, kindOf, label, nameSoon, nothing, path, times, trouble } from './ledger.js';
import { person, post, proofOf, unit } from './lines.js';
import { go, here, state, to } from './state.js';
import { unitTerms } from './terms.js';
import { t } from './words.js';

/** @type {View} */
export async function unitView(signal) {
  const [{ items: versions }, lines] = await Promise.all([
    ask(path('units', state.id, 'versions'), times(), signal), ask('/lineage', { unit: state.id, ...times() }, signal)]);
  const then = versions.find((one) => one.valid_from <= state.as_of && one.valid_to > state.as_of);
  const last = versions[versions.length - 1];
  const indirect = lines.successors.length ? [] : await heirs(last, [], signal);
  const shown = then ?? (versions[0].valid_from > state.as_of ? versions[0] : last);
  return { title: shown.name, content: [
    h('p', { class: 'eyebrow' }, kindOf(shown) || t('unit')), h('h2', { tabindex: '-1' }, shown.name), contradictionNote('place', state.id),
    h('p', { class: 'lead' }, standing(then, shown, last)), actions(then, shown, last),
    h('h3', {}, t('versions')), h('ol', { class: 'terms' }, versions.map((one, at) => version(one, versions[at - 1], one === then))),
    family(t('predecessors'), lines.predecessors, 'source'), family(t('successors'), lines.successors, 'target'),
    indirect.length > 0 && [h('h3', {}, t('heirs')), h('p', { class: 'small' }, t('heirsWhy')), h('ul', { class: 'plain' }, indirect.map(([id, name]) => h('li', {}, unit(id, name))))],
    h('h3', {}, t('leaders')), leaders(),
  ] };
}

/**
 * Whether the unit exists on the day of the page, and where.
 * @param {UnitLine | undefined} then its version of that day
 * @param {UnitLine} shown the version the view is about
 * @param {UnitLine} last
 * @returns {Child}
 */
function standing(then, shown, last) {
  if (then) return [t('existsOn', show(state.as_of)), then.parent && [' · ', t('under'), ' ', nameSoon(then.parent, state.as_of, (name) => unit(then.parent, name))]];
  if (shown !== last || shown.valid_from > state.as_of) return [mark('vacant', t('notYet')), ' ', t('beginsOn', show(shown.valid_from))];
  return [mark('ended', t('ended')), ' ', t('endedOn', show(last.valid_to)), last.closing && ` (${label('DissolutionReason', last.closing)})`];
}

/**
 * @param {UnitLine | undefined} then
 * @param {UnitLine} shown
 * @param {UnitLine} last
 */
function actions(then, shown, last) {
  const day = then ? state.as_of : shown === last && last.valid_to <= state.as_of ? shift(last.valid_to, 'day', -1) : shown.valid_from;
  const edge = last.valid_to !== LAST ? last.valid_to : last.valid_from > FIRST ? last.valid_from : state.as_of;
  return h('p', { class: 'actions' },
    h('a', { class: 'button', href: to({ unit: state.id, as_of: day }) }, icon('tree'), then ? t('chartFrom') : t('chartOn', show(day))),
    h('a', { class: 'button', href: to({ view: 'diff', id: state.id, from: shift(edge, 'day', -1), to: edge }) }, t('compare')),
    h('a', { class: 'button', href: to({ view: 'report', id: state.id, from: `${Number(day.slice(0, 4)) - 1}${day.slice(4)}`, to: day }) }, t('report')));
}

/**
 * @param {UnitLine} one
 * @param {UnitLine | undefined} before the version before it
 * @param {boolean} now whether it is the one of the day of the page
 */
function version(one, before, now) {
  const codes = one.codes.map((code) => `${code.scheme} ${code.value}`).join(' · ');
  return h('li', { class: now ? 'now' : undefined },
    h('p', { class: 'span' }, period(one.valid_from, one.valid_to)),
    h('div', {},
      h('p', { class: 'head' }, h('strong', {}, one.name), kindOf(one) && h('span', { class: 'kind' }, ` ${kindOf(one)}`),
        now && one.certain === false && [' ', mark('unsure', t('unsure'), t('unsureWhy'))]),
      h('p', { class: 'small' }, one.opening.split('+').map((word) => t(`opening.${word}`)).join(', '), one.parent && [' · ', t('under'), ' ',
        nameSoon(one.parent, one.valid_from, (name) => unit(one.parent, name))]),
      before && before.name !== one.name && h('p', { class: 'small' }, t('before', before.name)),
      one.closing && h('p', { class: 'small' }, t('endedOn', show(one.valid_to)), `: ${label('DissolutionReason', one.closing)}`),
      codes && h('p', { class: 'small' }, `${t('codes')}: ${codes}`),
      h('p', { class: 'tools' }, proofOf(one.proof, one.name))));
}

/**
 * Clauses of reorganisations on one side of a unit; those further away are indented and say how many steps.
 * @param {string} title
 * @param {LineageLine[]} lines
 * @param {'source' | 'target'} side
 */
function family(title, lines, side) {
  if (!lines.length) return null;
  return [h('h3', {}, title), h('ol', { class: 'terms' }, lines.map((line) => h('li', { class: line.hops > 1 ? 'far' : undefined },
    h('p', { class: 'span' }, show(line.date)),
    h('div', {},
      h('p', { class: 'head' }, `${label('Portion', line.portion)} `,
        side === 'source' ? [t('of'), named(line, 'source'), line.hops > 1 && [' → ', named(line, 'target')]] : [line.hops > 1 && [named(line, 'source'), ' → '], !(line.hops > 1) && `${t('into')} `, named(line, 'target')]),
      h('p', { class: 'small' }, [line.title, t('clause', line.clause_no), line.hops > 1 && t('hops', line.hops)].filter(Boolean).join(' · ')),
      h('p', { class: 'tools' }, proofOf(line.proof, line.title))))))];
}

/**
 * @param {LineageLine} line
 * @param {'source' | 'target'} side
 */
function named(line, side) {
  const name = (side === 'source' ? line.source_name : line.target_name) || t('unnamed');
  const where = side === 'source' && line.source_parent_name ? `, ${line.source_parent_name}` : '';
  return [h('strong', {}, unit(line[side], name)), h('span', { class: 'kind' }, `${where}`)];
}

/** A button that asks for everyone who held a post of the unit: a large unit has many. */
function leaders() {
  const place = h('div', { class: 'later' });
  const id = state.id;
  const load = async () => {
    fill(place, h('p', { class: 'waiting' }, t('loading')));
    try {
      fill(place, await unitTerms(id));
    } catch (error) {
      fill(place, trouble(error, load));
    }
  };
  return fill(place, h('button', { type: 'button', onclick: load }, t('showLeaders')));
}

const ORDER = ['unit-ended', 'unit-new', 'unit-renamed', 'unit-moved', 'post-ended', 'post-new', 'holder-out', 'holder-in', 'holder-again'];

/** @type {View} */
export async function diffView(signal) {
  const [from, until] = [state.from || shift(state.as_of, 'day', -1), state.to || state.as_of];
  const [differences, versions] = await Promise.all([
    ask('/diff', { unit: state.id, from, to: until, known_at: state.known_at }, signal),
    ask(path('units', state.id, 'versions'), times(), signal)]);
  const name = (versions.items.find((one) => one.valid_from <= until && one.valid_to > until) ?? versions.items[versions.items.length - 1]).name;
  const changes = continued(differences.items);
  const groups = ORDER.map((change) => ({ change, lines: changes.filter((line) => line.change === change) })).filter(({ lines }) => lines.length);
  return { title: `${t('compare')}: ${name}`, content: [
    h('p', { class: 'eyebrow' }, t('compare')), h('h2', { tabindex: '-1' }, unit(state.id, name)), days(from, until),
    !groups.length && nothing(t('noDifference', show(from), show(until))),
    groups.map(({ change, lines }) => [h('h3', {}, t(`change.${change}`), ' ', h('span', { class: 'count' }, String(lines.length))),
      h('ul', { class: 'plain' }, lines.map((line) => h('li', {}, difference(line), ' ', proofOf(line.proof, line.name || line.title || line.unit_name, false))))]),
  ] };
}

/**
 * Who leaves a post and takes up the same one stays in it: one line for the new term instead of two.
 * @param {Difference[]} lines
 */
function continued(lines) {
  /** @param {Difference} line */
  const key = (line) => `${line.post} ${line.cadre}`;
  const left = new Set(lines.filter((line) => line.change === 'holder-out').map(key));
  const back = new Set(lines.filter((line) => line.change === 'holder-in' && left.has(key(line))).map(key));
  /** @param {Difference} line */
  const stays = (line) => line.change.startsWith('holder') && back.has(key(line));
  return lines.filter((line) => !(stays(line) && line.change === 'holder-out')).map((line) => (stays(line) ? { ...line, change: 'holder-again' } : line));
}

/**
 * @param {Difference} line
 * @returns {Child}
 */
function difference(line) {
  const where = unit(line.unit, line.unit_name);
  if (line.change.startsWith('holder')) return [person(line.cadre, line.name), ' — ', post(line.post, line.title), ', ', where];
  if (line.change.startsWith('post')) return [post(line.post, line.title), ', ', where];
  return [where, line.before !== line.after && `: ${line.before} → ${line.after}`];
}

/**
 * The form that asks for two other days.
 * @param {string} from
 * @param {string} until
 */
function days(from, until) {
  /** @type {(name: string, value: string, text: string) => HTMLElement} */
  const field = (name, value, text) => h('label', {}, text, ' ', h('input', { name, value: show(value), size: 11, inputmode: 'numeric', autocomplete: 'off', required: true }));
  const form = h('form', { class: 'actions' }, field('from', from, t('fromDay')), field('to', until, t('toDay')), h('button', {}, t('compareNow')));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const [start, end] = all(form, 'input', HTMLInputElement).map((input) => {
      const day = parse(input.value);
      input.setCustomValidity(day ? '' : t('badDay'));
      return day;
    });
    if (form.reportValidity()) go(here({ from: start, to: end }));
  });
  form.addEventListener('input', clearValidity);
  return form;
}
