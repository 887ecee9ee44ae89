/** The cadre-work report of a unit: every number opens to the facts it counts and their decision documents. */

import { parse, shift, show } from './dates.js';
import { fill, h } from './dom.js';
import { ask, label, nothing, trouble } from './ledger.js';
import { proofOf } from './lines.js';
import { go, here, state } from './state.js';
import { t } from './words.js';

const KINDS = { direction: 'Direction', source: 'PlanningSource', kind: 'Kind', role: 'Role', quota: 'QuotaKind', field: 'TrainingField', status: 'TrainingStatus', subject_kind: 'SubjectKind' };

export async function reportView(signal) {
  const [from, last] = [state.from || shift(state.as_of, 'year', -1), state.to || state.as_of];
  const asked = { place: state.id, from, to: last, known_at: state.known_at };
  const report = await ask('/reports/cadre-work', asked, signal);
  const sections = [...new Set(report.lines.map((line) => line.section))];
  const file = (format) => `/reports/cadre-work?${new URLSearchParams({ ...asked, format, lang: state.lang })}`;
  return { title: `${t('report')}: ${report.place_name}`, content: [
    h('p', { class: 'eyebrow' }, t('report')), h('h2', { tabindex: '-1' }, report.place_name),
    period(from, last),
    h('p', { class: 'actions' }, ['text', 'xlsx', 'json'].map((format) => h('a', { class: 'button', href: file(format), target: '_blank', rel: 'noopener' }, format.toUpperCase()))),
    sections.map((section) => [h('h3', {}, t(`report.${section}`)), table(report.lines.filter((line) => line.section === section))]),
    !report.lines.length && nothing(t('noAnswer')),
  ] };
}

function period(from, last) {
  const field = (name, value) => h('label', {}, t(name), ' ', h('input', { name, value: show(value), size: 10, maxlength: 10, required: true }));
  const form = h('form', { class: 'actions', autocomplete: 'off' }, field('fromDay', from), field('toDay', last), h('button', {}, t('show')));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const [start, end] = [...form.querySelectorAll('input')].map((input) => {
      input.setCustomValidity(parse(input.value) ? '' : t('badDay'));
      return parse(input.value);
    });
    if (form.reportValidity()) go(here({ from: start, to: end }));
  });
  form.addEventListener('input', (event) => event.target.setCustomValidity(''));
  return form;
}

function table(lines) {
  return h('table', { class: 'report' },
    h('thead', {}, h('tr', {}, [t('counted'), t('number')].map((text) => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, lines.map((line) => h('tr', { class: Object.keys(line.key).length ? undefined : 'whole' },
      h('th', { scope: 'row' }, Object.keys(line.key).length ? name(line.key) : t(`report.${line.section}.${line.question}`)),
      h('td', {}, figure(line))))));
}

const name = (key) => Object.entries(key).map(([kind, value]) => said(kind, value)).filter(Boolean).join(', ') || t('notStated');

function said(kind, value) {
  const known = label(KINDS[kind] ?? '', value);
  return known === value && /^[A-Za-z_]+$/.test(value) ? t(`value.${value}`) : known;
}

/** A number with what it counts; it opens to its facts. No data is not 0. */
function figure(line) {
  const basis = line.basis === 'plan' ? ` (${t('value.plan')})` : '';
  if (line.value === null) return h('span', { class: 'mark' }, t('noData'));
  const text = `${line.value.toLocaleString(state.lang)} ${t(`count.${line.unit}`)}${basis}`;
  if (!line.facts) return text;
  const place = h('ul', { class: 'plain small' });
  const more = h('details', {}, h('summary', {}, text), place);
  more.addEventListener('toggle', () => more.open && !place.childElementCount && facts(place, line), { once: false });
  return more;
}

async function facts(place, line) {
  fill(place, h('li', {}, t('loading')));
  try {
    const [address, query] = line.opens.split('?');
    const answer = await ask(address, { ...Object.fromEntries(new URLSearchParams(query)), known_at: state.known_at });
    const chosen = (answer.figures ?? answer.changes).filter((one) => Object.entries(line.key).every(([key, value]) => one.key[key] === value));
    fill(place, chosen.flatMap((one) => one.facts).map((each) => h('li', {}, paper(each.decision), ' ', proofOf({ opened: each.fact, decision: each.decision }, paper(each.decision)))));
  } catch (error) {
    fill(place, h('li', {}, trouble(error, () => facts(place, line))));
  }
}

const paper = (decision) => (decision ? `${decision.number}, ${decision.issuer}, ${show(decision.signed_on)}` : t('pending'));
