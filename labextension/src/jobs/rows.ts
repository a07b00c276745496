/** Which of the known rows a list shows, and in which order: pure, so that news and pages agree. */
import { STATE_FILTERS } from '../core/states';
import { IJob, IPage } from '../core/wire';
import { IFilter } from './filter';

export interface IRowsQuery {
  jobs: ReadonlyMap<string, IJob>;
  /** What was fetched, newest page first. */
  pages: readonly IPage<IJob>[];
  filter: IFilter;
  /** Whose jobs belong in the list; undefined: everyone's. */
  owners?: readonly string[];
}

/**
 * The rows, newest first. A job that nobody fetched but the live stream brought is shown when it matches, unless it is
 * older than what has been fetched so far: then it belongs to a page that was not asked for yet.
 */
export function rowsOf(query: IRowsQuery): IJob[] {
  const { jobs, pages, filter, owners } = query;
  const fetched = new Set(pages.flatMap(page => page.items.map(job => job.id)));
  const last = pages[pages.length - 1];
  const oldest = last?.next_cursor ? last.items[last.items.length - 1]?.submitted_at : undefined;
  return [...jobs.values()]
    .filter(job => fetched.has(job.id) || !oldest || job.submitted_at >= oldest)
    .filter(job => fetched.has(job.id) || !owners || owners.includes(job.owner))
    .filter(job => matches(job, filter))
    .sort((one, other) => compare(other.submitted_at, one.submitted_at) || compare(other.id, one.id));
}

/** Whether a job passes the filter; the platform's `?state=` and `?q=` say the same. */
export function matches(job: IJob, filter: IFilter): boolean {
  const states: readonly string[] = STATE_FILTERS[filter.states];
  const text = filter.text.trim().toLowerCase();
  return (
    (states.length === 0 || states.includes(job.state)) &&
    (filter.owner === '' || filter.owner === job.owner) &&
    (text === '' || [job.name, job.id, job.owner].some(field => field.toLowerCase().includes(text)))
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
