/**
 * The rows that the screen shows, whole and newest, and who wants to know of changes.
 *
 * Rows come from answers and from the live stream in any order; a row never replaces a newer revision of itself.
 */
import { IEvent, IJob, IProgress, IUsage } from './wire';

/**
 * Whether the platform answers; `since` is when it stopped (ms).
 *
 * `epoch` grows whenever news may have been missed: what a view fetched in an earlier epoch is fetched again.
 */
export interface IConnection {
  readonly online: boolean;
  readonly since: number | null;
  readonly epoch: number;
  readonly isSignedOut: boolean;
}

/** An immutable picture of everything; a new object after every change. */
export interface IState {
  readonly jobs: ReadonlyMap<string, IJob>;
  readonly usage: IUsage | null;
  readonly connection: IConnection;
}

/** Something of an open job that is not in its row: new log bytes, new points. */
export interface IHint {
  readonly topic: 'log' | 'metrics';
  readonly jobId: string;
}

/** Holds the rows. */
export class Store {
  private state: IState = {
    jobs: new Map(),
    usage: null,
    connection: { online: true, since: null, epoch: 0, isSignedOut: false }
  };
  private readonly listeners = new Set<() => void>();
  private readonly hintListeners = new Set<(hint: IHint) => void>();
  private readonly jobListeners = new Set<(job: IJob, before: IJob | undefined) => void>();

  /** The picture of now; the same object until something changes. */
  readonly current = (): IState => this.state;

  /** Call back after every change, until the returned function is called. */
  readonly subscribe = (listener: () => void): (() => void) => listen(this.listeners, listener);

  /** Hear of new log bytes and points. */
  readonly onHint = (listener: (hint: IHint) => void): (() => void) => listen(this.hintListeners, listener);

  /** Hear of every job row that came over the live stream, with the row before it. */
  readonly onJob = (listener: (job: IJob, before: IJob | undefined) => void): (() => void) =>
    listen(this.jobListeners, listener);

  /** Take in rows of answers. */
  putJobs(rows: readonly IJob[]): void {
    const jobs = new Map(this.state.jobs);
    let changed = false;
    for (const row of rows) {
      changed = putNewer(jobs, row) || changed;
    }
    if (changed) {
      this.change({ jobs });
    }
  }

  putUsage(usage: IUsage): void {
    this.change({ usage });
  }

  /** The platform answers. `fresh`: something may have been missed meanwhile. */
  goOnline(fresh: boolean): void {
    const { online, epoch } = this.state.connection;
    if (!online || fresh) {
      this.change({
        connection: { online: true, since: null, epoch: fresh ? epoch + 1 : epoch, isSignedOut: false }
      });
    }
  }

  /** The platform does not answer. */
  goOffline(now: number, isSignedOut = false): void {
    const { online, since, epoch, isSignedOut: wasSignedOut } = this.state.connection;
    if (online || wasSignedOut !== isSignedOut) {
      this.change({ connection: { online: false, since: since ?? now, epoch, isSignedOut } });
    }
  }

  /** Take in what the live stream brought: one change on the screen for the whole batch. */
  apply(events: readonly IEvent[]): void {
    const jobs = new Map(this.state.jobs);
    const news: [IJob, IJob | undefined][] = [];
    const hints: IHint[] = [];
    let usage = this.state.usage;
    let changed = false;
    for (const event of events) {
      if (event.topic === 'job' || event.topic === 'files') {
        const row = event.data as unknown as IJob;
        const before = jobs.get(row.id);
        if (putNewer(jobs, row)) {
          news.push([row, before]);
          changed = true;
        }
      } else if (event.topic === 'progress') {
        changed = putProgress(jobs, event.data) || changed;
        hints.push({ topic: 'metrics', jobId: String(event.data.job_id) });
      } else if (event.topic === 'usage') {
        const row = event.data as unknown as IUsage;
        if (!usage || usage.account === row.account) {
          usage = row;
          changed = true;
        }
      } else if (event.topic === 'log' || event.topic === 'metrics') {
        hints.push({ topic: event.topic, jobId: String(event.data.job_id ?? event.subject) });
      }
    }
    if (changed) {
      this.change({ jobs, usage });
    }
    news.forEach(([row, before]) => this.jobListeners.forEach(listener => listener(row, before)));
    hints.forEach(hint => this.hintListeners.forEach(listener => listener(hint)));
  }

  private change(part: Partial<IState>): void {
    this.state = { ...this.state, ...part };
    this.listeners.forEach(listener => listener());
  }
}

function listen<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function putNewer(jobs: Map<string, IJob>, row: IJob): boolean {
  const known = jobs.get(row.id);
  if (known && known.revision > row.revision) {
    return false;
  }
  jobs.set(row.id, row);
  return true;
}

function putProgress(jobs: Map<string, IJob>, data: Record<string, unknown>): boolean {
  const row = jobs.get(String(data.job_id));
  if (!row || Number(data.revision ?? row.revision) < row.revision) {
    return false;
  }
  const progress = (data.progress as IProgress | null | undefined) ?? row.progress;
  const latest = { ...row.latest, ...((data.latest as Record<string, number> | undefined) ?? {}) };
  jobs.set(row.id, { ...row, progress, latest });
  return true;
}
