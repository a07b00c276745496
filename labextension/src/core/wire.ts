/**
 * What travels over HTTP, as the platform's openapi.json says it.
 *
 * Times are RFC 3339 UTC, durations seconds, money a decimal string with the site's one unit. States and codes are open:
 * an unknown one must be shown, never refused. `wire.spec.ts` compares this file with the committed openapi.json.
 */

/** An amount in the site's one unit, two to six decimals, e.g. `{"amount": "384.00", "unit": "CNY"}`. */
export interface IMoney {
  amount: string;
  unit: string;
}

/** One page of a list; pass `next_cursor` back as `cursor` for the next one. */
export interface IPage<T> {
  items: T[];
  next_cursor: string | null;
  count: number | null;
}

/** One field of a request that was wrong. */
export interface IFieldError {
  pointer: string;
  code: string;
  detail: string;
  line: number | null;
}

/** A way out of a problem: a patch of the request body, or a link. */
export interface IAction {
  label: string;
  patch: Record<string, unknown> | null;
  href: string | null;
  code: string | null;
}

/** An RFC 9457 problem; programs use `code` and `params`, people read `title` and `detail`. */
export interface IProblem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  params: Record<string, unknown>;
  instance: string | null;
  request_id: string | null;
  errors: IFieldError[];
  actions: IAction[];
}

/** What one replica gets. `gpu` is `PROFILE:UNITS`, `PROFILE` or a count; `cpu` counts cores. */
export interface IResources {
  gpu?: string | number | null;
  cpu?: number | null;
  memory?: string | null;
  shm?: string | null;
}

/** When the platform ends a job by itself. `duration` and `idle` like `8h`, `cost` in the site's unit. */
export interface ILimits {
  duration?: string | null;
  cost?: number | string | null;
  idle?: string | null;
}

/** Register a model version from the outputs when the job succeeded. `path` is relative to the outputs. */
export interface IModelOutput {
  name: string;
  path?: string;
  best?: string | null;
  alias?: string | null;
}

/** Which files of `$HUBKIN_OUTPUTS` are kept, and which become a model version. */
export interface IOutputs {
  keep?: string[];
  model?: IModelOutput | null;
}

/** Tell `to` (`me`) when the job starts, ends, or is about to hit a limit. */
export interface INotify {
  when?: string[];
  to?: string;
}

/** How a job is asked to stop: a signal, then the grace before it is killed. */
export interface IOnStop {
  signal?: string;
  grace?: string;
}

/** A job file. Everything is optional except `run`. */
export interface IJobSpec {
  run: string;
  name?: string | null;
  owner?: string | null;
  code?: string | null;
  data?: Record<string, string>;
  models?: Record<string, string>;
  env?: Record<string, string>;
  params?: Record<string, unknown>;
  resources?: IResources;
  replicas?: number;
  launcher?: string;
  outputs?: IOutputs;
  limits?: ILimits;
  notify?: INotify | null;
  on_stop?: IOnStop;
  after?: string[];
  labels?: Record<string, string>;
}

/** One name that a cell brought along: `source` says from where, e.g. `In[3]`. */
export interface ICaptured {
  name: string;
  kind: string;
  source: string;
  size_bytes: number | null;
}

/** What the client captured; stored with the plan and shown, never interpreted. */
export interface ICaptureReport {
  names?: ICaptured[];
  modules?: string[];
  files?: string[];
  packages?: string[];
  notes?: string[];
  digest?: string | null;
}

/** Where a submission came from: `(kernel_id, execution_count)` makes a cell submit at most one job. */
export interface IOrigin {
  kind?: string;
  kernel_id?: string | null;
  execution_count?: number | null;
  cell_digest?: string | null;
  notebook?: string | null;
}

/** The body of `POST /plans`. */
export interface IPlanRequest {
  spec: IJobSpec;
  capture?: ICaptureReport | null;
  origin?: IOrigin | null;
}

/** Why a job is where it is: a stable code, its numbers, and one sentence in the caller's language. */
export interface IReason {
  code: string;
  params: Record<string, unknown>;
  text: string;
}

/** What a job costs: per hour for all replicas, what is held at the start, and for how long the money lasts. */
export interface IQuote {
  per_hour: IMoney;
  hold: IMoney;
  cap: IMoney | null;
  balance: IMoney | null;
  lasts_seconds: number | null;
  free: boolean;
}

/** Something the submitter should know before saying yes. */
export interface ICaution {
  code: string;
  text: string;
  actions: IAction[];
}

/** A dataset or model that a job reads: its name there, and the version that was meant. */
export interface IInput {
  kind: string;
  name: string;
  reference: string;
  version_id: string;
  files: number;
  bytes: number;
}

/** What would happen: kept for an hour, submitted with `POST /jobs {"plan_id": …}`. */
export interface IPlan {
  id: string;
  name: string;
  owner: string;
  spec: IJobSpec;
  profile: string;
  profile_label: string;
  simulated: boolean;
  units: number;
  replicas: number;
  processes: number;
  quote: IQuote;
  waits_for: IReason[];
  warnings: ICaution[];
  confirm: boolean;
  expires_at: string;
  inputs: IInput[];
  capture: ICaptureReport | null;
  origin: IOrigin | null;
  job_id: string | null;
  live_job_id: string | null;
}

/** How far a job is, from its own output. */
export interface IProgress {
  done: number;
  total: number | null;
  unit: string;
}

/** One process group of the job's running attempt. */
export interface IReplica {
  task: string;
  index: number;
  state: string;
  node: string | null;
  exit_code: number | null;
  reason: IReason | null;
  rss_bytes: number | null;
  log_bytes: number;
}

/** A job as its owner sees it: the whole row, so that a view never refetches. */
export interface IJob {
  id: string;
  name: string;
  owner: string;
  submitted_by: string;
  state: string;
  reason: IReason;
  spec: IJobSpec;
  profile: string;
  profile_label: string;
  simulated: boolean;
  units: number;
  backend: string;
  attempt: number;
  submitted_at: string;
  started_at: string | null;
  finished_at: string | null;
  deadline_at: string | null;
  waited_seconds: number | null;
  ran_seconds: number | null;
  queue_position: number | null;
  per_hour: IMoney;
  held: IMoney;
  charged: IMoney;
  charged_at: string | null;
  replicas: IReplica[];
  progress: IProgress | null;
  latest: Record<string, number>;
  inputs: IInput[];
  capture: ICaptureReport | null;
  origin: IOrigin | null;
  model: string | null;
  can_stop: boolean;
  can_extend: boolean;
  revision: number;
  href: string;
}

/** `mode` is `now` or `checkpoint` (ask, give it its grace, then stop). Admins must give a reason. */
export interface IStopRequest {
  mode?: string;
  reason?: string | null;
}

/** Something that would start sooner. */
export interface IAlternative {
  text: string;
  patch: Record<string, unknown>;
}

/** Why a job waits (or ended): the same text in panel, card, CLI and REST. */
export interface IExplanation {
  job_id: string;
  state: string;
  reasons: IReason[];
  summary: string;
  position: number | null;
  ahead: string[];
  waits_for_jobs: string[];
  eta: string | null;
  eta_earliest_at: string | null;
  eta_latest_at: string | null;
  alternatives: IAlternative[];
  notes: IReason[];
  as_of: string;
}

/** Lines arrive as text with the replica they came from. */
export interface ILogLine {
  replica: number;
  at: string;
  text: string;
}

/** A part of the merged log; `cursor` continues it (opaque: one offset per replica). */
export interface ILogPage {
  lines: ILogLine[];
  cursor: string;
  complete: boolean;
  gaps: IReason[];
}

/** One curve, down-sampled by the server: parallel arrays, `steps` may repeat time order when none was printed. */
export interface ISeries {
  name: string;
  replica: number;
  steps: number[];
  values: number[];
  at: string[];
  total_points: number;
  first: number | null;
  last: number | null;
}

/** The curves of a job. */
export interface IMetrics {
  series: ISeries[];
}

/** The value of `main()` on global rank 0, or how it failed. */
export interface IResult {
  kind: string;
  value: unknown;
  path: string | null;
  type: string | null;
  error: IRemoteError | null;
}

/** One line of a traceback on the other side. */
export interface IRemoteFrame {
  file: string;
  line: number;
  function: string;
  text: string;
}

/** The first exception that ended the job. */
export interface IRemoteError {
  rank: number;
  type: string;
  message: string;
  traceback: string;
  frames: IRemoteFrame[];
}

/** One kept file of a job's outputs or of a version. */
export interface IFileEntry {
  path: string;
  size_bytes: number;
  digest: string;
  mode: string;
  replica: number | null;
}

/** A registered model version with its lineage. */
export interface IModelVersion {
  id: string;
  name: string;
  owner: string;
  version: number;
  alias: string[];
  tree: string;
  bytes: number;
  files: number;
  job_id: string | null;
  metric: string | null;
  metric_value: number | null;
  lineage: Record<string, unknown>;
  created_at: string;
}

/** Something that can own and pay: the caller, or one of their groups. */
export interface ISpace {
  owner: string;
  label: string;
  role: string;
}

/** The caller. */
export interface IMe {
  name: string;
  user_id: string;
  language: string;
  spaces: ISpace[];
  scopes: string[];
  admin: boolean;
  unit: string;
  trust_note: string | null;
}

/** What is sold, with its price and what is free now. */
export interface IProfile {
  name: string;
  label: string;
  pool: string;
  accelerator: string | null;
  simulated: boolean;
  cpu: number;
  memory_bytes: number;
  per_hour: IMoney;
  free_units: number | null;
  total_units: number | null;
  notebook: boolean;
  waiting: number;
}

/** One account at a glance. */
export interface IUsage {
  account: string;
  owner: string;
  balance: IMoney;
  held: IMoney;
  available: IMoney;
  spent_this_month: IMoney;
  per_hour: IMoney;
  lasts_seconds: number | null;
  entries: IEntry[];
}

/** One line of the ledger, newest first, with who and why. */
export interface IEntry {
  id: string;
  at: string;
  amount: IMoney;
  balance_before: IMoney | null;
  balance_after: IMoney;
  kind: string;
  note: string;
  by: string;
  job_id: string | null;
  job_name: string | null;
  server_id: string | null;
  quantity: string | null;
}

/** A person or group with their balance. */
export interface IAccount {
  id: string;
  owner: string;
  kind: string;
  balance: IMoney;
  held: IMoney;
  spent_this_month: IMoney;
  running: number;
}

/** Put money on an account; `amount` is a decimal string in the site's unit, positive. */
export interface ITopupRequest {
  owner: string;
  amount: string;
  note: string;
}

/** What the platform remembers of a person. */
export interface IPreferences {
  language?: string | null;
  last_profile?: string | null;
}

/** One row of the journal, as the stream carries it: `data` holds the whole row (Job, Usage, LogLine list, Metrics). */
export interface IEvent {
  seq: number;
  topic: string;
  subject: string;
  data: Record<string, unknown>;
}
