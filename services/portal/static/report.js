/** The cadre-work report of a unit: every number opens to the facts it counts and their decision documents. */

/** @import { Balance, Counts, DecisionDocument, ReportLine } from '../responses.js' */
/** @import { View } from '../page.js' */

import { parse, shift, show } from './dates.js';
import { all, clearValidity, fill, h } from './dom.js';
import { ask, label, nothing, trouble } from './ledger.js';
import { proofOf } from './lines.js';
import { go, here, state } from './state.js';
import { t } from './words.js';

/** @type {Record<string, string>} */
const KINDS = { direction: 'Direction', source: 'PlanningSource', kind: 'Kind', role: 'Role', quota: 'QuotaKind', field: 'TrainingField', status: 'TrainingStatus', subject_kind: 'SubjectKind' };

/** @type {View} */
export async function reportView(signal) {
  const [from, last] = [state.from || shift(state.as_of, 'year', -1), state.to || state.as_of];
  const asked = { place: state.id, from, to: last, known_at: state.known_at };
  const report = await ask('/reports/cadre-work', asked, signal);
  const sections = [...new Set(report.lines.map((line) => line.section))];
  const view = { ...(state.axis && { view: state.axis }), ...(state.seen_by && { seen_by: state.seen_by }) };
  /** @param {string} format */
  const file = (format) => `/reports/cadre-work?${new URLSearchParams({ ...asked, ...view, format, lang: state.lang })}`;
  return { title: `${t('report')}: ${report.place_name}`, content: [
    h('p', { class: 'eyebrow' }, t('report')), h('h2', { tabindex: '-1' }, report.place_name),
    period(from, last),
    h('p', { class: 'actions' }, ['text', 'xlsx', 'json'].map((format) => h('a', { class: 'button', href: file(format), target: '_blank', rel: 'noopener' }, format.toUpperCase()))),
    sections.map((section) => [h('h3', {}, t(`report.${section}`)), table(report.lines.filter((line) => line.section === section))]),
    !report.lines.length && nothing(t('noAnswer')),
  ] };
}

/**
 * The form that asks for another time.
 * @param {string} from
 * @param {string} last
 */
function period(from, last) {
  /** @type {(name: string, value: string) => HTMLElement} */
  const field = (name, value) => h('label', {}, t(name), ' ', h('input', { name, value: show(value), size: 10, maxlength: 10, required: true }));
  const form = h('form', { class: 'actions', autocomplete: 'off' }, field('fromDay', from), field('toDay', last), h('button', {}, t('show')));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const [start, end] = all(form, 'input', HTMLInputElement).map((input) => {
      input.setCustomValidity(parse(input.value) ? '' : t('badDay'));
      return parse(input.value);
    });
    if (form.reportValidity()) go(here({ from: start, to: end }));
  });
  form.addEventListener('input', clearValidity);
  return form;
}

/** @param {ReportLine[]} lines */
function table(lines) {
  return h('table', { class: 'report' },
    h('thead', {}, h('tr', {}, [t('counted'), t('number')].map((text) => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, lines.map((line) => h('tr', { class: Object.keys(line.key).length ? undefined : 'whole' },
      h('th', { scope: 'row' }, Object.keys(line.key).length ? name(line.key) : t(`report.${line.section}.${line.question}`)),
      h('td', {}, figure(line))))));
}

/** @param {Record<string, string>} key */
const name = (key) => Object.entries(key).map(([kind, value]) => inWords(kind, value)).filter(Boolean).join(', ') || t('notStated');

/**
 * @param {string} kind
 * @param {string} value
 */
function inWords(kind, value) {
  const known = label(KINDS[kind] ?? '', value);
  return known === value && /^[A-Za-z_]+$/.test(value) ? t(`value.${value}`) : known;
}

/**
 * A number with what it counts; it opens to its facts. No data is not 0.
 * @param {ReportLine} line
 */
function figure(line) {
  const basis = line.basis === 'plan' ? ` (${t('value.plan')})` : '';
  if (line.value === null) return h('span', { class: 'mark' }, t(state.known_at ? 'noDataThen' : 'noData'));
  const text = `${line.value.toLocaleString(state.lang)} ${t(`count.${line.unit}`)}${basis}`;
  if (!line.facts) return text;
  const place = h('ul', { class: 'plain small' });
  const more = h('details', {}, h('summary', {}, text), place);
  more.addEventListener('toggle', () => {
    if (more.open && !place.childElementCount) facts(place, line);
  });
  return more;
}

/**
 * List the facts that a line of the report counts.
 * @param {HTMLElement} place
 * @param {ReportLine} line
 */
async function facts(place, line) {
  fill(place, h('li', {}, t('loading')));
  try {
    const [address, query] = line.opens.split('?');
    const answer = /** @type {Counts | Balance} */ (await ask(address, { ...Object.fromEntries(new URLSearchParams(query)), known_at: state.known_at }));
    const chosen = ('figures' in answer ? answer.figures : answer.changes).filter((one) => Object.entries(line.key).every(([key, value]) => one.key[key] === value));
    fill(place, chosen.flatMap((one) => one.facts).map((each) => h('li', {},
      each.name && [h('strong', {}, each.name), ' · '], paper(each.decision), ' ', proofOf({ opened: each.fact, decision: each.decision }, [each.name, paper(each.decision)].filter(Boolean).join(', ')))));
  } catch (error) {
    fill(place, h('li', {}, trouble(error, () => facts(place, line))));
  }
}

/** @param {DecisionDocument | undefined} decision */
const paper = (decision) => (decision ? `${decision.number}, ${decision.issuer}, ${show(decision.signed_on)}` : t('pending'));
