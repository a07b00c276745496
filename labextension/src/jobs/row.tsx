/** One line of a list of jobs. Shows a job; decides nothing. */
import * as React from 'react';
import { fractionDone } from '../core/states';
import { IJob } from '../core/wire';
import { JobScope, useVerbWord, Verb, verbsOf } from '../job/actions';
import { says } from '../job/head';
import { useHost } from '../ui/host';
import { Ago, ProgressBar, StateBadge } from '../ui/state';
import { HardwareLine } from './hardware';

export interface IJobRowProps {
  job: IJob;
  scope: JobScope;
  /** Whether this row holds the list's one tab stop. */
  isCurrent: boolean;
  now: number;
  onFocus: () => void;
  onVerb: (verb: Verb, job: IJob) => void;
}

export const JobRow = React.memo(function JobRow(props: IJobRowProps): JSX.Element {
  const { job, scope, isCurrent, now, onFocus, onVerb } = props;
  const { trans, format } = useHost();
  const word = useVerbWord();
  const fraction = fractionDone(job);
  const verb = verbsOf(job, scope)[0];
  const tabIndex = isCurrent ? 0 : -1;
  return (
    // Only remembers which row has the focus; the row itself is no control.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <li className="hubkin-JobRow" data-state={job.state} data-job={job.id} onFocus={onFocus}>
      <div className="hubkin-JobRow-line">
        <Opener job={job} tabIndex={tabIndex} />
        {fraction !== null && job.state === 'running' && (
          <ProgressBar fraction={fraction} label={trans.__('Progress of %1', job.name)} />
        )}
      </div>
      <div className="hubkin-JobRow-line" data-second>
        <StateBadge state={job.state} />
        {scope === 'everyone' && <span className="hubkin-JobRow-owner">{job.owner}</span>}
        <HardwareLine job={job} />
        {scope === 'everyone' && <span>{format.money(job.charged)}</span>}
        <Ago iso={job.finished_at ?? job.started_at ?? job.submitted_at} now={now} />
        {verb && (
          <button
            type="button"
            className="hubkin-Button hubkin-JobRow-verb"
            data-small
            tabIndex={tabIndex}
            aria-label={trans.__('%1: %2', word(verb), job.name)}
            onClick={() => onVerb(verb, job)}
          >
            {word(verb)}
          </button>
        )}
      </div>
      {says(job) && <div className="hubkin-JobRow-reason">{job.reason.text}</div>}
    </li>
  );
});

/** The name that opens the job: a link where there are addresses, otherwise a button. */
function Opener(props: { job: IJob; tabIndex: number }): JSX.Element {
  const { job, tabIndex } = props;
  const { jobHref, openJob } = useHost();
  const href = jobHref(job.id);
  const open = (event: React.MouseEvent): void => {
    // A middle click or Ctrl opens a browser tab, where there are addresses.
    if (!href || (event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey)) {
      event.preventDefault();
      openJob(job.id, job.name);
    }
  };
  const shared = { className: 'hubkin-JobRow-open', tabIndex, title: job.name, onClick: open };
  const name = <span className="hubkin-JobRow-name">{job.name}</span>;
  return href ? (
    <a href={href} {...shared}>
      {name}
    </a>
  ) : (
    <button type="button" {...shared}>
      {name}
    </button>
  );
}
