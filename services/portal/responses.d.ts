/**
 * Shapes of the responses that the page reads, for the type check of its scripts only: a browser never asks for this file.
 * A field that the page does not read may be missing here; tests/test_page_files.py compares the others with the structs of
 * the read side. Days are ISO texts and may be partial; '' where nothing is known.
 */

export interface DecisionDocument {
  id: string;
  number: string;
  issuer: string;
  signed_on: string;
  title: string;
}

/** Facts are given as `topic/stream/event_id`. A missing decision is pending. */
export interface Proof {
  opened: string;
  decision?: DecisionDocument;
  closed?: string;
  closing_decision?: DecisionDocument;
}

export interface Code {
  scheme: string;
  value: string;
}

export interface HolderNode {
  tenure: string;
  cadre: string;
  name: string;
  holding: string;
  status: string;
  certain: boolean;
  start: string;
  term_no: number;
  proof: Proof;
}

export interface PostNode {
  post: string;
  title: string;
  role: string;
  seats: number;
  key_title: boolean;
  holders: HolderNode[];
  vacant: number;
  proof: Proof;
}

export interface UnitNode {
  unit: string;
  parent: string;
  name: string;
  kind: string;
  kind_label: string;
  certain: boolean;
  children: number;
  second_parent: string;
  posts: PostNode[];
  proof: Proof;
}

/** One version of a unit. */
export interface UnitLine {
  unit: string;
  parent: string;
  name: string;
  kind: string;
  kind_label: string;
  valid_from: string;
  valid_to: string;
  certain: boolean;
  children: number;
  opening: string;
  closing: string;
  codes: Code[];
  proof: Proof;
}

export interface LineageLine {
  source: string;
  source_name: string;
  source_parent_name: string;
  target: string;
  target_name: string;
  portion: string;
  clause_no: number;
  date: string;
  hops: number;
  title: string;
  proof: Proof;
}

export interface Lineage {
  predecessors: LineageLine[];
  successors: LineageLine[];
}

export interface Stretch {
  start: string;
  end: string;
}

export interface TermLine {
  tenure: string;
  cadre: string;
  name: string;
  post: string;
  title: string;
  unit: string;
  unit_name: string;
  holding: string;
  route: string;
  start: string;
  end: string;
  planned_end: string;
  ended: string;
  status: string;
  term_no: number;
  certainty: string;
  concurrent: string[];
  possibly_concurrent: string[];
  suspensions: Stretch[];
  proof: Proof;
}

export interface ConcernedThing {
  what: string;
  id: string;
  name: string;
}

/** Facts that cannot all be true. */
export interface ContradictionLine {
  kind: string;
  title: string;
  title_vi: string;
  since: string;
  until: string;
  concerns: ConcernedThing[];
  facts: string[];
  mend: string;
  mend_vi: string;
  accepted_by: string;
}

export interface Difference {
  change: string;
  unit: string;
  unit_name: string;
  post: string;
  title: string;
  cadre: string;
  name: string;
  before: string;
  after: string;
  proof: Proof;
}

export interface Hit {
  kind: 'cadre' | 'unit' | 'post';
  id: string;
  name: string;
  detail: string;
  valid_from: string;
  valid_to: string;
}

export interface DecisionLine {
  number: string;
  issuer: string;
  signed_on: string;
  kind: string;
  title: string;
  signer: string;
  valid_to: string;
  revoked: boolean;
}

export interface Citation {
  what: string;
  name: string;
  fact: string;
  decision?: DecisionDocument | null;
}

export interface Step {
  day: string;
  kind: string;
  title: string;
  where: string;
  detail: string;
  fact: string;
  decision: DecisionDocument | null;
}

export interface Life {
  name: string;
  chain: string[];
  steps: Step[];
}

/** `value` null: no data. `opens` is the address whose figures name the facts that were counted. */
export interface ReportLine {
  section: string;
  question: string;
  key: Record<string, string>;
  value: number | null;
  unit: string;
  basis: string;
  facts: number;
  opens: string;
}

export interface Report {
  place_name: string;
  lines: ReportLine[];
}

export interface Evidence {
  fact: string;
  decision?: DecisionDocument;
  name?: string;
}

export interface Figure {
  key: Record<string, string>;
  facts: Evidence[];
}

/** What the address of a line of the report answers with. */
export interface Counts {
  figures: Figure[];
}

export interface Change {
  key: Record<string, string>;
  facts: Evidence[];
}

/** The same for changes of the organisation. */
export interface Balance {
  changes: Change[];
}

export interface Finding {
  rule: string;
  detail?: string;
}

/** What a service recorded. Which other fields there are depends on the type; those that say nothing are left out. */
export interface Fact {
  [field: string]: unknown;
  type: string;
  effective_from?: string;
  decision?: string;
  findings?: Finding[];
}

export interface Correction extends Fact {
  mode?: string;
  reason?: string;
  new_values?: Record<string, unknown>;
}

export interface Recorded<F = Fact> {
  stream: string;
  site: string;
  recorded_at: string;
  actor: string;
  fact: F;
}

export interface Name {
  kind: string;
  name: string;
}

export interface Label {
  vi: string;
  en: string;
}

export interface RecordedWithCorrections extends Recorded {
  corrections: Recorded<Correction>[];
  names: Record<string, Name>;
  rules: Record<string, Label>;
}

/** A problem of RFC 9457. */
export interface ProblemDetails {
  title?: string;
  title_vi?: string;
  detail?: string;
}

/** `next` is the cursor of the next page; '' on the last. */
export interface List<Item> {
  items: Item[];
  next: string;
}

/** The units that the reader may see with all below them, where that is not the whole tree. */
export type Within = { within?: string[] };

export interface TourStop {
  vi: string;
  en: string;
  url: string;
}

/** What people call the values of each enumeration, in both languages. */
export type Labels = Record<string, Record<string, Label>>;

/** Whether the process that serves the page can do its work; `warnings.clock`: a log is ahead of its clock. */
export type Ready = { status: string; reasons: Record<string, string>; warnings: Record<string, string> };

export interface OwnEntries {
  recorded: number;
  sent: number;
  delivered: number;
}

export interface NamedGap {
  topic: string;
  first: number;
  last: number;
}

/** `heard_until` is an instant, or empty: not known. */
export interface OriginLine {
  origin: string;
  states: string[];
  heard_until: string;
  behind: number;
  gaps: NamedGap[];
  quarantined: number;
  parked: number;
}

export interface Alarm {
  origin: string;
  what: string;
}

export interface ProposedCommand {
  what: string;
  command: string;
}

/** `parent` is empty at the top. */
export interface SyncStatus {
  site: string;
  parent: string;
  own: OwnEntries;
  origins: OriginLine[];
  alarms: Alarm[];
  proposed: ProposedCommand[];
}

/** What a GET of an address answers with. */
export type ResponseOf<Address extends string> =
  Address extends '/org-chart' ? List<UnitNode> & Within :
  Address extends '/units' ? List<UnitLine> & Within :
  Address extends `/units/${string}/versions` ? List<UnitLine> :
  Address extends '/lineage' ? Lineage :
  Address extends '/term-history' | '/who-held' ? List<TermLine> :
  Address extends '/contradictions' ? List<ContradictionLine> :
  Address extends '/diff' ? List<Difference> :
  Address extends '/search' ? List<Hit> :
  Address extends `/decisions/${string}/facts` ? List<Citation> :
  Address extends `/decisions/${string}` ? DecisionLine :
  Address extends `/facts/${string}` ? RecordedWithCorrections :
  Address extends `/cadres/${string}/life` ? Life :
  Address extends '/reports/cadre-work' ? Report :
  Address extends '/names' ? Record<string, Name> :
  Address extends '/labels' ? Labels :
  Address extends '/tour' ? TourStop[] :
  Address extends '/ready' ? Ready :
  Address extends '/sync/status' ? SyncStatus :
  unknown;

/** The address that parts make: `/units/${string}/versions` of 'units', some id and 'versions'. */
export type Joined<Parts extends readonly string[]> =
  Parts extends readonly [] ? '' :
  Parts extends readonly [infer First extends string, ...infer Rest extends string[]] ? `/${First}${Joined<Rest>}` :
  `/${string}`;
