/**
 * The list of jobs: mine in the side bar and on the pages, everyone's for an admin.
 *
 * Keys: `/` filter, arrows move, Enter opens, Delete stops (and asks), Home and End jump.
 */
import * as React from 'react';
import { STATE_FILTERS } from '../core/states';
import { IJob, IPage } from '../core/wire';
import { JobScope, useJobActions, verbsOf } from '../job/actions';
import { useHost, useLive, useLoad, useNow } from '../ui/host';
import { Empty, ErrorBox, OfflineBar, Skeleton } from '../ui/notices';
import { FilterBar, IFilter, NO_FILTER } from './filter';
import { rowsOf } from './rows';
import { JobRow } from './row';

const PAGE_SIZE = 50;

export interface IJobsViewProps {
  scope: JobScope;
  /** How to begin, from the page's address. */
  filter?: IFilter;
  onFilter?: (filter: IFilter) => void;
}

export function JobsView(props: IJobsViewProps): JSX.Element {
  const { scope } = props;
  const { model, trans } = useHost();
  const [filter, setFilter] = React.useState<IFilter>(props.filter ?? NO_FILTER);
  const [older, setOlder] = React.useState<IPage<IJob>[]>([]);
  const states = STATE_FILTERS[filter.states];
  const asked = { state: states, q: filter.text, owner: filter.owner, limit: PAGE_SIZE };
  const load = useLoad(() => model.loadJobs(scope, asked), [scope, filter]);
  const jobs = useLive(state => state.jobs);
  const me = useLoad(() => model.me(), []);
  const now = useNow(10_000);
  const { ask, dialog } = useJobActions();

  const pages = load.value ? [load.value, ...older] : [];
  const owners = scope === 'mine' ? me.value?.spaces.map(space => space.owner) : undefined;
  const rows = React.useMemo(
    () => rowsOf({ jobs, pages, filter, owners }),
    // A new page is a new count; rows in it change through `jobs`.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [jobs, load.value, older, filter, me.value]
  );
  const cursor = pages[pages.length - 1]?.next_cursor;

  const change = (next: IFilter): void => {
    setFilter(next);
    setOlder([]);
    props.onFilter?.(next);
  };
  const more = async (): Promise<void> => {
    const page = await model.loadJobs(scope, { ...asked, cursor: cursor ?? undefined });
    setOlder(before => [...before, page]);
  };

  const list = React.useRef<HTMLUListElement>(null);
  const search = React.useRef<HTMLInputElement>(null);
  const [currentId, setCurrentId] = React.useState<string | null>(null);
  const current = Math.max(
    0,
    rows.findIndex(job => job.id === currentId)
  );
  const move = (to: number): void => {
    const row = list.current?.children[Math.min(rows.length - 1, Math.max(0, to))];
    row?.querySelector<HTMLElement>('.hubkin-JobRow-open')?.focus();
  };
  const keys = (event: React.KeyboardEvent): void => {
    const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    const focused = (event.target as Element).closest<HTMLElement>('[data-job]')?.dataset.job;
    const at = rows.findIndex(each => each.id === focused);
    const job = rows[at];
    if (event.key === '/' && !isTyping) {
      search.current?.focus();
    } else if (isTyping || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    } else if (event.key === 'ArrowDown') {
      move(at + 1);
    } else if (event.key === 'ArrowUp') {
      move(at - 1);
    } else if (event.key === 'Home') {
      move(0);
    } else if (event.key === 'End') {
      move(rows.length - 1);
    } else if (event.key === 'Delete' && job && verbsOf(job, scope)[0]?.includes('stop')) {
      ask(verbsOf(job, scope)[0] ?? 'stop', job);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    // The keys belong to whatever row has the focus.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className="hubkin-Jobs" onKeyDown={keys}>
      <OfflineBar />
      <FilterBar
        filter={filter}
        spaces={scope === 'mine' ? (me.value?.spaces ?? []) : []}
        onChange={change}
        inputRef={search}
      />
      {load.error && !load.value && <ErrorBox error={load.error} onRetry={load.reload} />}
      {load.busy && !load.value && <Skeleton lines={6} />}
      {load.value && rows.length === 0 && <NoJobs filter={filter} onClear={() => change(NO_FILTER)} />}
      <ul ref={list} className="hubkin-Jobs-list" aria-label={trans.__('Jobs')} hidden={rows.length === 0}>
        {rows.map((job, index) => (
          <JobRow
            key={job.id}
            job={job}
            scope={scope}
            isCurrent={index === current}
            now={now}
            onFocus={() => setCurrentId(job.id)}
            onVerb={ask}
          />
        ))}
      </ul>
      {cursor && (
        <div className="hubkin-Actions">
          <button type="button" className="hubkin-Button" onClick={() => void more()}>
            {trans.__('Show older jobs')}
          </button>
        </div>
      )}
      {dialog}
    </div>
  );
}

function NoJobs(props: { filter: IFilter; onClear: () => void }): JSX.Element {
  const { trans } = useHost();
  if (props.filter.text || props.filter.owner || props.filter.states !== 'all') {
    return (
      <Empty>
        <p>{trans.__('No job matches the filter.')}</p>
        <button type="button" className="hubkin-Button" onClick={props.onClear}>
          {trans.__('Show all jobs')}
        </button>
      </Empty>
    );
  }
  return (
    <Empty>
      <p>{trans.__('No jobs yet. Put this on top of a notebook cell to run it as a job:')}</p>
      <pre>%%train --gpu 1</pre>
    </Empty>
  );
}
