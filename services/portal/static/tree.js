/** The org chart as an outline: units, their posts, their holders. What is below a unit is asked for when it is opened. */

import { fill, h, icon, mark } from './dom.js';
import { show } from './dates.js';
import { heirs } from './heirs.js';
import { keys } from './treekeys.js';
import { ask, kindOf, nameSoon, nothing, path, times, trouble } from './ledger.js';
import { holdingMarks, person, post, proofOf, showCurrent, unit } from './lines.js';
import { here, state } from './state.js';
import { t } from './words.js';

const opened = new Set();
const closed = new Set();
let loading = new AbortController();
const { compare } = new Intl.Collator('vi', { numeric: true });
const FIRST_KINDS = ['PARTY_COMMITTEE', 'PARTY_BOARD', 'INSPECTION_COMMISSION', 'PEOPLES_COUNCIL', 'PEOPLES_COMMITTEE', 'FATHERLAND_FRONT', 'MASS_ORG'];
const LAST_KINDS = ['MUNICIPALITY', 'PROVINCE', 'SUB_CITY', 'PROVINCIAL_CITY', 'URBAN_DISTRICT', 'DISTRICT_TOWN', 'RURAL_DISTRICT', 'WARD', 'TOWNSHIP',
  'COMMUNE', 'SPECIAL_ZONE', 'RESIDENTIAL_GROUP', 'VILLAGE'];
const rank = ({ kind }) => (LAST_KINDS.indexOf(kind) + 1 ? 100 + LAST_KINDS.indexOf(kind) : (FIRST_KINDS.indexOf(kind) + 50) % 50);
/** A unit's own bodies first, the Party's leading; then the territories below it, in Vietnamese order. */
const byRank = (one, other) => rank(one) - rank(other) || compare(one.name, other.name);

/** Draws the chart for the dates and the unit in the address, keeping open what was open. */
export async function drawChart(place) {
  loading.abort();
  loading = new AbortController();
  const { signal } = loading;
  place.setAttribute('aria-busy', 'true');
  const held = place.contains(document.activeElement) && document.activeElement.closest('[role=treeitem]')?.id;
  try {
    const content = state.unit ? await fromUnit(signal) : await fromRoots(signal);
    if (!signal.aborted) fill(place, content);
  } catch (error) {
    if (signal.aborted) return;
    fill(place, trouble(error, () => drawChart(place)));
  }
  place.removeAttribute('aria-busy');
  const items = [...place.querySelectorAll('[role=treeitem]')];
  const current = items.find((item) => item.id === held) ?? items[0];
  current?.setAttribute('tabindex', '0');
  if (held && current) current.focus();
  showCurrent();
}

async function fromUnit(signal) {
  const boxes = await chart(state.unit, signal);
  const top = boxes.find((box) => box.unit === state.unit);
  if (!top) return notThen(signal);
  if (!closed.has(top.unit)) opened.add(top.unit);
  const above = top.parent !== '' && [h('a', { href: here({ unit: top.parent }) }, icon('back'), nameSoon(top.parent, state.as_of))];
  return [h('p', { class: 'above' }, above, above && ' · ', h('a', { href: here({ unit: '' }) }, t('wholeChart'))),
    tree([await branch(top, 1, 1, 1, signal, boxes)])];
}

/** The unit was not there on that day: what it came from or became, and its history. */
async function notThen(signal) {
  const [{ items }, lines] = await Promise.all([ask(path('units', state.unit, 'versions'), times(), signal), ask('/lineage', { unit: state.unit, ...times() }, signal)]);
  const before = lines.predecessors.filter((line) => line.hops === 1).map((line) => [line.source, line.source_name]);
  const others = items[0].valid_from > state.as_of ? [...new Map(before)] : await heirs(items.at(-1), lines.successors, signal);
  return [nothing(t('noUnitThen', items.at(-1).name, show(state.as_of)),
    others.length > 0 && h('p', {}, t('insteadThen'), ' ', others.map(([id, name], at) => [at ? ', ' : '', h('a', { href: here({ unit: id }) }, name)])),
    h('p', {}, unit(state.unit, t('seeUnit')), ' · ', h('a', { href: here({ unit: '' }) }, t('wholeChart'))))];
}

async function fromRoots(signal) {
  const list = h('ul', { role: 'tree', class: 'tree', 'aria-label': t('chart') });
  const roots = await more(list, '', signal);
  if (!roots) return nothing(t('noUnits', show(state.as_of)), h('p', {}, t('noUnitsRemedy')));
  keys(list, toggle);
  return list;
}

/** Adds a page of root units to the list, and a button where there is another page. */
async function more(list, cursor, signal) {
  const said = await ask('/units', { ...times(), parent: 'root', limit: 200, cursor }, signal);
  if (!cursor && said.items.length === 1 && !closed.has(said.items[0].unit)) opened.add(said.items[0].unit);
  const total = said.next ? -1 : list.children.length + said.items.length;
  const first = list.children.length + 1;
  list.append(...await Promise.all(said.items.sort(byRank).map((line, at) => branch({ ...line, posts: null }, 1, first + at, total, signal))));
  if (said.next) {
    const button = h('button', { type: 'button', onclick: async () => {
      button.disabled = true;
      await more(list, said.next, signal);
      button.parentElement.remove();
    } }, t('more'));
    list.append(h('li', { role: 'none' }, button));
  }
  return said.items.length;
}

function tree(items) {
  const list = h('ul', { role: 'tree', class: 'tree', 'aria-label': t('chart') }, items);
  keys(list, toggle);
  return list;
}

/** The unit and those directly below it; nothing when it did not exist then. */
async function chart(id, signal) {
  try {
    return (await ask('/org-chart', { unit: id, ...times(), depth: 1 }, signal)).items;
  } catch (error) {
    if (error.status === 404) return [];
    throw error;
  }
}

/** A unit with what is below it, if it is open. `posts` is null where they have not been asked for yet. */
async function branch(box, level, at, of, signal, boxes = undefined) {
  const below = box.posts === null || box.posts.length || box.children;
  const item = h('li', { role: 'treeitem', class: 'unit', id: `u-${box.unit}`, tabindex: '-1', 'aria-level': level,
    'aria-posinset': at, 'aria-setsize': of, 'aria-labelledby': `n-${box.unit}`,
    'aria-expanded': below ? 'false' : undefined });
  item.append(unitRow(box, Boolean(below)));
  item.open = async () => {
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
      fill(group, h('li', { role: 'none' }, trouble(error, () => { group.remove(); item.open(); })));
    }
    group.removeAttribute('aria-busy');
    showCurrent();
  };
  item.close = () => {
    opened.delete(box.unit);
    closed.add(box.unit);
    item.setAttribute('aria-expanded', 'false');
    item.querySelector(':scope > ul')?.remove();
  };
  if (below && opened.has(box.unit)) await item.open();
  return item;
}

async function inside(box, level, signal, boxes) {
  const known = boxes ?? (box.posts && !box.children ? [box] : await chart(box.unit, signal));
  const [self, ...rest] = known.length ? known : [{ posts: [] }];
  rest.sort(byRank);
  const of = self.posts.length + rest.length;
  const posts = self.posts.map((chair, at) => seatRow(self, chair, level, at + 1, of));
  const units = rest.map((child, at) => branch(child, level, self.posts.length + at + 1, of, signal));
  return [...posts, ...await Promise.all(units)];
}

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

/** Who leads the unit, while it is closed: the first head's post and whoever sits there. */
function headOf(box) {
  const chair = box.posts?.find((one) => one.role === 'HEAD');
  if (!chair) return null;
  const seats = chair.holders.map((seat, at) => [at ? ', ' : '', quiet(person(seat.cadre, seat.name)), holdingMarks(seat).map((one) => one && [' ', one])]);
  return h('span', { class: 'head-of' }, `${chair.title}: `, seats.length ? seats : mark('vacant', t('vacant')));
}

function seatRow(box, chair, level, at, of) {
  const empty = chair.vacant > 0 && h('span', { class: 'holder' },
    mark('vacant', chair.vacant > 1 || chair.seats > 1 ? t('vacantOf', chair.vacant, chair.seats) : t('vacant')));
  const nobody = !chair.holders.length && !empty && h('span', { class: 'holder kind' }, t('nobody'));
  return h('li', { role: 'treeitem', class: 'post', id: `p-${chair.post}`, tabindex: '-1', 'aria-level': level, 'aria-posinset': at, 'aria-setsize': of },
    h('div', { class: 'row' },
      h('span', { class: 'what' }, quiet(post(chair.post, chair.title, { class: 'title' }, box.unit)), chair.key_title && [' ', mark('key', t('keyTitle'))]),
      h('span', { class: 'holders' }, chair.holders.map((seat) => holder(seat, chair)), empty, nobody),
      h('span', { class: 'tools' }, quiet(proofOf(chair.proof, chair.title, false)))));
}

function holder(seat, chair) {
  const term = seat.term_no > 1 ? ` · ${t('termNo', seat.term_no)}` : '';
  return h('span', { class: 'holder' }, quiet(person(seat.cadre, seat.name)), ' ',
    h('span', { class: 'held' }, h('span', { class: 'kind' }, `${t('sinceShort', show(seat.start))}${term}`),
      quiet(proofOf(seat.proof, `${seat.name}, ${chair.title}`, false))),
    holdingMarks(seat).map((each) => each && [' ', each]));
}

/** Controls inside the tree take no tab stop until their line is the current one. */
function quiet(control) {
  control?.setAttribute('tabindex', '-1');
  return control;
}

function toggle(item, open = item.getAttribute('aria-expanded') !== 'true') {
  if (!item.hasAttribute('aria-expanded')) return undefined;
  return open ? item.open() : item.close();
}
