/** Where an ended unit went: by the clauses that name it, else by those of the units below it on its last day. */

import { LAST, shift } from './dates.js';
import { ask } from './ledger.js';
import { state } from './state.js';

const near = (lines) => lines.filter((line) => line.hops === 1).map((line) => [line.target, line.target_name]);
const once = (pairs) => [...new Map(pairs)];

/** `last` is the unit's last version, `successors` the clauses known for it. Answers with [id, name] pairs. */
export async function heirs(last, successors, signal) {
  if (last.valid_to === LAST || successors.length) return once(near(successors));
  const known = { known_at: state.known_at };
  const children = await ask('/units', { parent: last.unit, as_of: shift(last.valid_to, 'day', -1), ...known, limit: 100 }, signal);
  const went = await Promise.all(children.items.map((child) => ask('/lineage', { unit: child.unit, ...known }, signal)));
  return once(went.flatMap((one) => near(one.successors)));
}
