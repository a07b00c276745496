/** The eight states of a job; an unknown one is shown as it is, never refused. */
import { ITrans } from './i18n';
import { IJob } from './wire';

/** States after which nothing more happens to a job by itself. */
export const FINAL: ReadonlySet<string> = new Set(['succeeded', 'failed', 'stopped']);

/** States in which a job's replicas may be working. */
export const LIVE: ReadonlySet<string> = new Set(['starting', 'running', 'stopping']);

/** The filters of the lists, each a set of states. */
export const STATE_FILTERS = {
  all: [],
  active: ['queued', 'starting', 'running', 'stopping'],
  waiting: ['queued', 'suspended'],
  succeeded: ['succeeded'],
  failed: ['failed'],
  stopped: ['stopped']
} as const satisfies Record<string, readonly string[]>;

export type StateFilter = keyof typeof STATE_FILTERS;

/** The word for a state. */
export function stateWord(state: string, trans: ITrans): string {
  switch (state) {
    case 'queued':
      return trans.__('Queued');
    case 'starting':
      return trans.__('Starting');
    case 'running':
      return trans.__('Running');
    case 'stopping':
      return trans.__('Stopping');
    case 'succeeded':
      return trans.__('Succeeded');
    case 'failed':
      return trans.__('Failed');
    case 'stopped':
      return trans.__('Stopped');
    case 'suspended':
      return trans.__('Suspended');
    // What is seen of one replica.
    case 'absent':
      return trans.__('Not there yet');
    case 'ready':
      return trans.__('Ready');
    case 'ended':
      return trans.__('Has ended');
    case 'lost':
      return trans.__('Lost');
    default:
      return state;
  }
}

/** How much of a job is done, between 0 and 1, when its total is known. */
export function fractionDone(job: IJob): number | null {
  const progress = job.progress;
  if (!progress || !progress.total || progress.total <= 0) {
    return null;
  }
  return Math.min(1, Math.max(0, progress.done / progress.total));
}

/** Seconds until the end at the pace so far, or null when that cannot be told. */
export function secondsLeft(job: IJob, now: number): number | null {
  const fraction = fractionDone(job);
  if (fraction === null || fraction <= 0.01 || fraction >= 1 || !job.started_at || job.state !== 'running') {
    return null;
  }
  const elapsed = (now - Date.parse(job.started_at)) / 1000;
  return elapsed > 5 ? (elapsed * (1 - fraction)) / fraction : null;
}

/** How long a job has been running or ran, in seconds. */
export function secondsRun(job: IJob, now: number): number | null {
  if (!job.started_at) {
    return null;
  }
  const end = job.finished_at ? Date.parse(job.finished_at) : now;
  return FINAL.has(job.state) && job.ran_seconds !== null
    ? job.ran_seconds
    : Math.max(0, (end - Date.parse(job.started_at)) / 1000);
}
