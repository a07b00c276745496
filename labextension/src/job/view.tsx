/** One job: as a live card under a notebook cell, as a tab of JupyterLab, and as a page. */
import * as React from 'react';
import { FINAL } from '../core/states';
import { IJob } from '../core/wire';
import { useHost, useLive, useLoad } from '../ui/host';
import { ErrorBox, OfflineBar, Skeleton } from '../ui/notices';
import { ITab, Tabs } from '../ui/tabs';
import { JobScope, useJobActions } from './actions';
import { Details } from './details';
import { Explanation } from './explanation';
import { Files } from './files';
import { Head } from './head';
import { ResultView } from './result';

// Loaded when their tab is first shown: the chart and the log are most of the code.
const Curves = React.lazy(() => import('./curves'));
const Logs = React.lazy(() => import('./logs'));

export interface IJobViewProps {
  id: string;
  /** What is known before anything was fetched, e.g. the snapshot in a notebook. */
  snapshot?: IJob;
  /** In a notebook's output: smaller, and without what is one click away. */
  compact?: boolean;
  /** As an admin one looks at anybody's job, and can do nothing but stop it with a reason. */
  scope?: JobScope;
}

/** A job by its id, live. */
export function JobView(props: IJobViewProps): JSX.Element {
  const { id, snapshot, compact = false, scope = 'mine' } = props;
  const { model } = useHost();
  const load = useLoad(() => model.keep(model.client.job(id)), [id]);
  const fetchedId = load.value?.id ?? id;
  const live = useLive(state => state.jobs.get(fetchedId));
  const job = live ?? snapshot;
  if (!job) {
    return load.error ? <ErrorBox error={load.error} onRetry={load.reload} /> : <Skeleton lines={5} />;
  }
  return (
    <div className="hubkin-Job" data-compact={compact || undefined}>
      <OfflineBar />
      {load.error && !live && <ErrorBox error={load.error} onRetry={load.reload} />}
      {scope === 'everyone' && <LookNote owner={job.owner} />}
      <LiveJob job={job} compact={compact} scope={scope} />
    </div>
  );
}

function LookNote(props: { owner: string }): JSX.Element {
  const { trans } = useHost();
  return (
    <p className="hubkin-Note">
      {trans.__('A job of %1. It is written down when you read its log, result or files.', props.owner)}
    </p>
  );
}

function LiveJob(props: { job: IJob; compact: boolean; scope: JobScope }): JSX.Element {
  const { job, compact, scope } = props;
  const { trans } = useHost();
  const { ask, dialog } = useJobActions();
  const hasStarted = job.started_at !== null;
  const tabs: ITab[] = [];
  if (!hasStarted) {
    tabs.push({
      id: 'why',
      label: trans.__('Why it waits'),
      content: () => <Explanation job={job} scope={scope} />
    });
  }
  if (hasStarted) {
    tabs.push({ id: 'curves', label: trans.__('Curves'), content: () => <Curves job={job} /> });
    tabs.push({ id: 'logs', label: trans.__('Logs'), content: () => <Logs job={job} /> });
  }
  if (FINAL.has(job.state) && hasStarted) {
    tabs.push({ id: 'result', label: trans.__('Result'), content: () => <ResultView job={job} /> });
    tabs.push({ id: 'files', label: trans.__('Files'), content: () => <Files job={job} /> });
  }
  tabs.push({ id: 'details', label: trans.__('Details'), content: () => <Details job={job} /> });
  const hasCurves = Object.keys(job.latest).length > 0;
  const first = !hasStarted ? 'why' : job.state === 'failed' ? 'result' : hasCurves ? 'curves' : 'logs';
  return (
    <>
      <Head job={job} compact={compact} scope={scope} onVerb={ask} />
      <React.Suspense fallback={<Skeleton lines={4} />}>
        <Tabs label={trans.__('Parts of %1', job.name)} tabs={tabs} first={first} />
      </React.Suspense>
      {dialog}
    </>
  );
}
