/** The org chart as an outline: units, their posts, their holders. What is below a unit is asked for when it is opened. */

/** @import { HolderNode, List, PostNode, UnitNode, Within } from '../responses.js' */
/** @import { Child } from '../page.js' */
/** @import { IdAndName } from './heirs.js' */
/** @import { Toggle } from './treekeys.js' */

/**
 * What the chart shows of a unit; `posts` is null where they have not been asked for yet.
 * @typedef {Omit<UnitNode, 'parent' | 'second_parent' | 'posts'> & { posts: PostNode[] | null, second_parent?: string }} ChartUnit
 */

import { all, fill, h, icon, mark } from './dom.js';
import { show } from './dates.js';
import { heirs } from './heirs.js';
import { keys } from './treekeys.js';
import { ask, kindOf, nameSoon, nothing, path, Problem, times, trouble } from './ledger.js';
import { holdingMarks, person, post, proofOf, showCurrent, unit } from './lines.js';
import { here, state } from './state.js';
import { t } from './words.js';

/** @type {Set<string>} */
const opened = new Set();
/** @type {Set<string>} */
const closed = new Set();
/**
 * How the line of a unit is opened and closed.
 * @type {WeakMap<HTMLElement, { open: () => Promise<void>, close: () => void }>}
 */
const switches = new WeakMap();
let loading = new AbortController();
const { compare } = new Intl.Collator('vi', { numeric: true });
const FIRST_KINDS = ['PARTY_COMMITTEE', 'PARTY_BOARD', 'INSPECTION_COMMISSION', 'PEOPLES_COUNCIL', 'PEOPLES_COMMITTEE', 'FATHERLAND_FRONT', 'MASS_ORG'];
const LAST_KINDS = ['MUNICIPALITY', 'PROVINCE', 'SUB_CITY', 'PROVINCIAL_CITY', 'URBAN_DISTRICT', 'DISTRICT_TOWN', 'RURAL_DISTRICT', 'WARD', 'TOWNSHIP',
  'COMMUNE', 'SPECIAL_ZONE', 'RESIDENTIAL_GROUP', 'VILLAGE'];
/** @type {(unit: { kind: string }) => number} */
const rank = ({ kind }) => (LAST_KINDS.indexOf(kind) + 1 ? 100 + LAST_KINDS.indexOf(kind) : (FIRST_KINDS.indexOf(kind) + 50) % 50);
/**
 * A unit's own bodies first, the Party's leading; then the territories below it, in Vietnamese order.
 * @type {(one: { kind: string, name: string }, other: { kind: string, name: string }) => number}
 */
const byRank = (one, other) => rank(one) - rank(other) || compare(one.name, other.name);

/**
 * Draw the chart for the dates and the unit in the address, keeping open what was open.
 * @param {HTMLElement} place
 */
export async function drawChart(place) {
  loading.abort();
  loading = new AbortController();
  const { signal } = loading;
  place.setAttribute('aria-busy', 'true');
  const held = place.contains(document.activeElement) && document.activeElement?.closest('[role=treeitem]')?.id;
  try {
    const content = state.unit ? await fromUnit(signal) : await fromRoots(signal);
    if (!signal.aborted) fill(place, content);
  } catch (error) {
    if (signal.aborted) return;
    fill(place, trouble(error, () => drawChart(place)));
  }
  place.removeAttribute('aria-busy');
  const items = all(place, '[role=treeitem]', HTMLElement);
  const current = items.find((item) => item.id === held) ?? items[0];
  current?.setAttribute('tabindex', '0');
  if (held && current) current.focus();
  showCurrent();
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<Child>}
 */
async function fromUnit(signal) {
  const { items: boxes, within = [] } = await chart(state.unit, signal);
  const top = boxes.find((box) => box.unit === state.unit);
  if (!top) return describeAbsentUnit(signal);
  if (!closed.has(top.unit)) opened.add(top.unit);
  const above = top.parent !== '' && !within.includes(top.unit) && [h('a', { href: here({ unit: top.parent }) }, icon('back'), nameSoon(top.parent, state.as_of))];
  return [h('p', { class: 'above' }, above, above && ' · ', h('a', { href: here({ unit: '' }) }, t('wholeChart'))),
    tree([await branch(top, 1, 1, 1, signal, boxes)])];
}

/**
 * For a unit that was not there on that day: what it came from or became, and its history.
 * @param {AbortSignal} signal
 * @returns {Promise<Child>}
 */
async function describeAbsentUnit(signal) {
  const [{ items }, lines] = await Promise.all([ask(path('units', state.unit, 'versions'), times(), signal), ask('/lineage', { unit: state.unit, ...times() }, signal)]);
  const [first, last] = [items[0], items[items.length - 1]];
  /** @type {IdAndName[]} */
  const before = lines.predecessors.filter((line) => line.hops === 1).map((line) => [line.source, line.source_name]);
  const others = first.valid_from > state.as_of ? [...new Map(before)] : await heirs(last, lines.successors, signal);
  return [nothing(t('noUnitThen', last.name, show(state.as_of)),
    others.length > 0 && h('p', {}, t('insteadThen'), ' ', others.map(([id, name], at) => [at ? ', ' : '', h('a', { href: here({ unit: id }) }, name)])),
    h('p', {}, unit(state.unit, t('seeUnit')), ' · ', h('a', { href: here({ unit: '' }) }, t('wholeChart'))))];
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<Child>}
 */
async function fromRoots(signal) {
  const list = h('ul', { role: 'tree', class: 'tree', 'aria-label': t('chart') });
  const roots = await more(list, '', signal);
  if (!roots) return nothing(t('noUnits', show(state.as_of)), h('p', {}, t('noUnitsRemedy')));
  keys(list, toggle);
  return list;
}

/**
 * Add a page of root units to the list, and a button where there is another page.
 * @param {HTMLElement} list
 * @param {string} cursor
 * @param {AbortSignal} signal
 * @returns {Promise<number>} how many were added
 */
async function more(list, cursor, signal) {
  const units = await ask('/units', { ...times(), parent: 'root', limit: 200, cursor }, signal);
  if (!cursor) units.items.push(...await topOfScope(units, signal));
  if (!cursor && units.items.length === 1 && !closed.has(units.items[0].unit)) opened.add(units.items[0].unit);
  const total = units.next ? -1 : list.children.length + units.items.length;
  const first = list.children.length + 1;
  list.append(...await Promise.all(units.items.sort(byRank).map((line, at) => branch({ ...line, posts: null }, 1, first + at, total, signal))));
  if (units.next) {
    const button = h('button', { type: 'button', onclick: async () => {
      button.disabled = true;
      await more(list, units.next, signal);
      button.closest('li')?.remove();
    } }, t('more'));
    list.append(h('li', { role: 'none' }, button));
  }
  return units.items.length;
}

/**
 * The units at the top of what the reader may see, where they stand below others that the reader may not.
 * @param {Within} scope
 * @param {AbortSignal} signal
 */
async function topOfScope({ within = [] }, signal) {
  const versions = await Promise.all(within.map((id) => versionsOf(id, signal)));
  return versions.flat().filter((line) => line.valid_from <= state.as_of && state.as_of < line.valid_to
    && line.parent && !within.includes(line.parent));
}

/**
 * @param {string} id
 * @param {AbortSignal} signal
 */
async function versionsOf(id, signal) {
  try {
    return (await ask(path('units', id, 'versions'), { known_at: state.known_at }, signal)).items;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return [];
    throw error;
  }
}

/** @param {HTMLElement[]} items */
function tree(items) {
  const list = h('ul', { role: 'tree', class: 'tree', 'aria-label': t('chart') }, items);
  keys(list, toggle);
  return list;
}

/**
 * The unit and those directly below it; nothing when it did not exist then.
 * @param {string} id
 * @param {AbortSignal} signal
 */
async function chart(id, signal) {
  try {
    return await ask('/org-chart', { unit: id, ...times(), depth: 1 }, signal);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return /** @type {List<UnitNode> & Within} */ ({ items: [], next: '' });
    throw error;
  }
}

/**
 * The line of a unit with what is below it, if it is open.
 * @param {ChartUnit} box
 * @param {number} level from 1
 * @param {number} at its place among its siblings, from 1
 * @param {number} of how many siblings there are; -1: not known yet
 * @param {AbortSignal} signal
 * @param {UnitNode[]} [boxes] the unit and those below it, where they are known already
 */
async function branch(box, level, at, of, signal, boxes = undefined) {
  const below = box.posts === null || box.posts.length || box.children;
  const item = h('li', { role: 'treeitem', class: 'unit', id: `u-${box.unit}`, tabindex: '-1', 'aria-level': level,
    'aria-posinset': at, 'aria-setsize': of, 'aria-labelledby': `n-${box.unit}`,
    'aria-expanded': below ? 'false' : undefined });
  item.append(unitRow(box, Boolean(below)));
  const open = async () => {
    opened.add(box.unit);
    closed.delete(box.unit);
    item.setAttribute('aria-expanded', 'true');
    if (item.querySelector(':scope > ul')) return;
    const group = h('ul', { role: 'group', 'aria-busy': 'true' }, h('li', { role: 'none', class: 'waiting' }, t('loading')));
    item.append(group);
    try {
      fill(group, await inside(box, level + 1, signal, boxes));
    } catch (error) {
      if (signal.aborted) return;
      fill(group, h('li', { role: 'none' }, trouble(error, () => { group.remove(); open(); })));
    }
    group.removeAttribute('aria-busy');
    showCurrent();
  };
  const close = () => {
    opened.delete(box.unit);
    closed.add(box.unit);
    item.setAttribute('aria-expanded', 'false');
    item.querySelector(':scope > ul')?.remove();
  };
  switches.set(item, { open, close });
  if (below && opened.has(box.unit)) await open();
  return item;
}

/**
 * The lines of the posts of a unit and of the units directly below it.
 * @param {ChartUnit} box
 * @param {number} level
 * @param {AbortSignal} signal
 * @param {UnitNode[]} [boxes]
 */
async function inside(box, level, signal, boxes) {
  const known = boxes ?? (box.posts && !box.children ? [{ ...box, posts: box.posts }] : (await chart(box.unit, signal)).items);
  const [self, ...rest] = known;
  /** @type {PostNode[]} */
  const posts = self?.posts ?? [];
  rest.sort(byRank);
  const of = posts.length + rest.length;
  const rows = posts.map((node, at) => postRow(self, node, level, at + 1, of));
  const units = rest.map((child, at) => branch(child, level, posts.length + at + 1, of, signal));
  return [...rows, ...await Promise.all(units)];
}

/**
 * @param {ChartUnit} box
 * @param {boolean} below whether it can be opened
 */
function unitRow(box, below) {
  const kind = kindOf(box);
  return h('div', { class: 'row' },
    h('span', { class: below ? 'twist' : 'twist leaf', 'aria-hidden': 'true' }),
    h('span', { class: 'what' },
      h('span', { id: `n-${box.unit}` }, unit(box.unit, box.name, { class: 'name', tabindex: '-1' }), kind && h('span', { class: 'kind' }, ` ${kind}`),
        box.certain === false && [' ', mark('unsure', t('unsure'), t('unsureWhy'))]),
      headOf(box), box.second_parent && [' ', h('span', { class: 'mark dual' }, t('dual'), nameSoon(box.second_parent, state.as_of))]),
    h('span', { class: 'tools' },
      h('a', { class: 'only', href: here({ unit: box.unit, view: '', id: '' }), tabindex: '-1', 'aria-label': `${t('onlyThis')}: ${box.name}`, title: t('onlyThis') }, icon('tree')),
      quiet(proofOf(box.proof, box.name, false))));
}

/**
 * Who leads the unit, while it is closed: the first head's post and whoever holds it.
 * @param {ChartUnit} box
 */
function headOf(box) {
  const head = box.posts?.find((one) => one.role === 'HEAD');
  if (!head) return null;
  const holders = head.holders.map((seat, at) => [at ? ', ' : '', quiet(person(seat.cadre, seat.name)), marks(seat)]);
  return h('span', { class: 'head-of' }, `${head.title}: `, holders.length ? holders : mark('vacant', t('vacant')));
}

/** @param {HolderNode} one */
const marks = (one) => holdingMarks(one, one.certain).map((each) => each && [' ', each]);

/**
 * @param {Pick<ChartUnit, 'unit'>} box
 * @param {PostNode} node
 * @param {number} level
 * @param {number} at
 * @param {number} of
 */
function postRow(box, node, level, at, of) {
  const empty = node.vacant > 0 && h('span', { class: 'holder' },
    mark('vacant', node.vacant > 1 || node.seats > 1 ? t('vacantOf', node.vacant, node.seats) : t('vacant')));
  const nobody = !node.holders.length && !empty && h('span', { class: 'holder kind' }, t('nobody'));
  return h('li', { role: 'treeitem', class: 'post', id: `p-${node.post}`, tabindex: '-1', 'aria-level': level, 'aria-posinset': at, 'aria-setsize': of },
    h('div', { class: 'row' },
      h('span', { class: 'what' }, quiet(post(node.post, node.title, { class: 'title' }, box.unit)), node.key_title && [' ', mark('key', t('keyTitle'))]),
      h('span', { class: 'holders' }, node.holders.map((one) => holder(one, node)), empty, nobody),
      h('span', { class: 'tools' }, quiet(proofOf(node.proof, node.title, false)))));
}

/**
 * @param {HolderNode} one
 * @param {PostNode} node
 */
function holder(one, node) {
  const term = one.term_no > 1 ? ` · ${t('termNo', one.term_no)}` : '';
  return h('span', { class: 'holder' }, quiet(person(one.cadre, one.name)), ' ',
    h('span', { class: 'held' }, h('span', { class: 'kind' }, `${t('sinceShort', show(one.start))}${term}`),
      quiet(proofOf(one.proof, `${one.name}, ${node.title}`, false))),
    marks(one));
}

/**
 * Controls inside the tree take no tab stop until their line is the current one.
 * @template {Element | null} E
 * @param {E} control
 */
function quiet(control) {
  control?.setAttribute('tabindex', '-1');
  return control;
}

/** @type {Toggle} */
function toggle(item, open = item.getAttribute('aria-expanded') !== 'true') {
  if (!item.hasAttribute('aria-expanded')) return undefined;
  return open ? switches.get(item)?.open() : switches.get(item)?.close();
}
