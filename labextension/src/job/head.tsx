/** The top of a job: what it is, how it stands, what it costs, and what can be done. */
import * as React from 'react';
import { FINAL, fractionDone, secondsLeft, secondsRun, stateWord } from '../core/states';
import { IJob } from '../core/wire';
import { Hardware } from '../jobs/hardware';
import { useHost, useNow } from '../ui/host';
import { CopyButton } from '../ui/notices';
import { Ago, ProgressBar, StateBadge } from '../ui/state';
import { JobScope, useVerbWord, Verb, verbsOf } from './actions';
import { Notes } from './notes';

export interface IHeadProps {
  job: IJob;
  compact: boolean;
  scope?: JobScope;
  onVerb: (verb: Verb, job: IJob) => void;
  /** What a notebook remembers of a job: nothing moves, nothing can be done. */
  isPicture?: boolean;
}

export function Head(props: IHeadProps): JSX.Element {
  const { job, compact, isPicture = false } = props;
  const { trans } = useHost();
  const isLive = !FINAL.has(job.state) && !isPicture;
  const now = useNow(isLive || isFresh(job) ? 1_000 : 60_000);
  const fraction = fractionDone(job);
  return (
    <header className="hubkin-Head">
      <div className="hubkin-Head-top">
        <h2 className="hubkin-Head-name">{job.name}</h2>
        <StateBadge state={job.state} />
        {job.attempt > 1 && <span className="hubkin-Chip">{trans.__('attempt %1', job.attempt)}</span>}
        <Announcer job={job} />
      </div>
      {says(job) && <p className="hubkin-Head-reason">{job.reason.text}</p>}
      {fraction !== null && isLive && (
        <ProgressBar fraction={fraction} label={trans.__('Progress of %1', job.name)} />
      )}
      <Facts job={job} now={now} isPicture={isPicture} />
      <Latest job={job} />
      {compact && <Notes capture={job.capture} />}
      {!isPicture && <Buttons {...props} />}
    </header>
  );
}

const FRESH_MS = 60_000;

/** Whether it has ended so lately that seconds count. */
function isFresh(job: IJob): boolean {
  return job.finished_at !== null && Date.now() - Date.parse(job.finished_at) < FRESH_MS;
}

function Buttons(props: IHeadProps): JSX.Element {
  const { job, compact, scope, onVerb } = props;
  const { trans, openJob, jobHref } = useHost();
  const word = useVerbWord();
  const href = jobHref(job.id);
  return (
    <div className="hubkin-Actions">
      {verbsOf(job, scope).map(verb => (
        <button key={verb} type="button" className="hubkin-Button" onClick={() => onVerb(verb, job)}>
          {word(verb)}
        </button>
      ))}
      {compact && !href && (
        <button type="button" className="hubkin-Button" onClick={() => openJob(job.id, job.name)}>
          {trans.__('Open in a tab')}
        </button>
      )}
      {compact && href && (
        <a className="hubkin-Button" href={href} target="_blank" rel="noreferrer">
          {trans.__('Open')}
        </a>
      )}
      {!compact && <CopyButton text={job.id} label={trans.__('Copy ID')} />}
    </div>
  );
}

function Facts(props: { job: IJob; now: number; isPicture: boolean }): JSX.Element {
  const { job, now, isPicture } = props;
  const { trans, format } = useHost();
  const run = isPicture ? job.ran_seconds : secondsRun(job, now);
  const left = isPicture ? null : secondsLeft(job, now);
  const isFree = Number(job.per_hour.amount) === 0;
  const steps = job.progress;
  return (
    <dl className="hubkin-Facts">
      <Fact label={trans.__('Runs on')}>
        <Hardware job={job} />
      </Fact>
      {steps && (
        <Fact label={trans.__('Step')}>
          {steps.total
            ? trans.__('%1 of %2', format.number(steps.done), format.number(steps.total))
            : format.number(steps.done)}
        </Fact>
      )}
      {run !== null && (
        <Fact label={FINAL.has(job.state) ? trans.__('Ran for') : trans.__('Running for')}>
          {format.duration(run)}
        </Fact>
      )}
      {left !== null && <Fact label={trans.__('Left, at this pace')}>{format.duration(left)}</Fact>}
      {job.started_at === null && (
        <Fact label={trans.__('Submitted')}>
          <Ago iso={job.submitted_at} now={now} />
        </Fact>
      )}
      {job.finished_at && (
        <Fact label={trans.__('Ended')}>
          <Ago iso={job.finished_at} now={now} />
        </Fact>
      )}
      {(job.started_at !== null || isFree) && (
        <Fact label={FINAL.has(job.state) ? trans.__('Cost') : trans.__('Cost so far')}>
          {isFree ? trans.__('free') : format.money(job.charged)}
          {!isFree && job.charged_at && !FINAL.has(job.state) && (
            <span className="hubkin-Head-asOf hubkin-Note">
              <Ago iso={job.charged_at} now={now} said={when => trans.__('as of %1', when)} />
            </span>
          )}
        </Fact>
      )}
      {!isFree && !FINAL.has(job.state) && (
        <Fact label={trans.__('Price')}>{format.perHour(job.per_hour)}</Fact>
      )}
      {job.deadline_at && !FINAL.has(job.state) && (
        <Fact label={trans.__('Time limit')}>{format.dateTime(job.deadline_at)}</Fact>
      )}
      {job.model && <Fact label={trans.__('Model')}>{job.model}</Fact>}
    </dl>
  );
}

function Fact(props: { label: string; children: React.ReactNode }): JSX.Element {
  return (
    <div className="hubkin-Fact">
      <dt>{props.label}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

/** The newest values that the job printed or reported. */
function Latest(props: { job: IJob }): JSX.Element | null {
  const { format } = useHost();
  const values = Object.entries(props.job.latest).slice(0, 8);
  if (values.length === 0) {
    return null;
  }
  return (
    <ul className="hubkin-Latest">
      {values.map(([name, value]) => (
        <li key={name}>
          <span className="hubkin-Latest-name">{name}</span> {format.measure(value)}
        </li>
      ))}
    </ul>
  );
}

const ANNOUNCE_PAUSE_MS = 5_000;

/** Tells a screen reader of a change of state, politely and at most once in five seconds. */
function Announcer(props: { job: IJob }): JSX.Element {
  const { trans } = useHost();
  const { job } = props;
  const sentence = trans.__('%1: %2', job.name, stateWord(job.state, trans));
  const [said, setSaid] = React.useState('');
  const first = React.useRef(sentence);
  React.useEffect(() => {
    if (sentence === first.current) {
      return;
    }
    const timer = window.setTimeout(() => setSaid(sentence), said ? ANNOUNCE_PAUSE_MS : 0);
    return () => window.clearTimeout(timer);
    // Only a new sentence is news.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [sentence]);
  return (
    <span className="hubkin-visuallyHidden" aria-live="polite">
      {said}
    </span>
  );
}

/** Whether the reason says more than the state does. */
export function says(job: IJob): boolean {
  return job.reason.text !== '' && job.state !== 'running' && job.state !== 'succeeded';
}
