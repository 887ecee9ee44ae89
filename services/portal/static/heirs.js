/** Where an ended unit went: by the clauses that name it, else by those of the units below it on its last day. */

/** @import { LineageLine, UnitLine } from '../responses.js' */

import { LAST, shift } from './dates.js';
import { ask } from './ledger.js';
import { state } from './state.js';

/** @typedef {[id: string, name: string]} IdAndName */

/** @type {(lines: LineageLine[]) => IdAndName[]} */
const near = (lines) => lines.filter((line) => line.hops === 1).map((line) => [line.target, line.target_name]);
/** @type {(pairs: IdAndName[]) => IdAndName[]} */
const once = (pairs) => [...new Map(pairs)];

/**
 * The units that an ended unit became.
 * @param {UnitLine} last the unit's last version
 * @param {LineageLine[]} successors the clauses known for it
 * @param {AbortSignal} [signal]
 */
export async function heirs(last, successors, signal) {
  if (last.valid_to === LAST || successors.length) return once(near(successors));
  const known = { known_at: state.known_at };
  const children = await ask('/units', { parent: last.unit, as_of: shift(last.valid_to, 'day', -1), ...known, limit: 100 }, signal);
  const lineages = await Promise.all(children.items.map((child) => ask('/lineage', { unit: child.unit, ...known }, signal)));
  return once(lineages.flatMap((one) => near(one.successors)));
}
