/** What `main()` returned, or the first exception with the lines that led to it. */
import * as React from 'react';
import { ProblemError } from '../core/client';
import { IJob, IRemoteError, IResult } from '../core/wire';
import { useHost, useLoad } from '../ui/host';
import { Empty, ErrorBox, Skeleton } from '../ui/notices';

export function ResultView(props: { job: IJob }): JSX.Element {
  const { model, trans } = useHost();
  const { job } = props;
  const load = useLoad(() => model.client.result(job.id).catch(noneYet), [job.id, job.state]);
  if (load.busy && load.value === null) {
    return <Skeleton lines={3} />;
  }
  if (load.error) {
    return <ErrorBox error={load.error} onRetry={load.reload} />;
  }
  const result = load.value;
  if (result?.error) {
    return <Traceback error={result.error} />;
  }
  if (result?.kind === 'json') {
    return <pre className="hubkin-Pre">{JSON.stringify(result.value, null, 2)}</pre>;
  }
  if (result?.kind === 'pickle') {
    return (
      <Empty>
        <p>{trans.__('A Python object of type %1. Read it in the notebook:', result.type ?? '?')}</p>
        <pre>{`hubkin.job("${job.name}").result()`}</pre>
      </Empty>
    );
  }
  return (
    <Empty>
      <p>{job.reason.text || trans.__('The job returned no value.')}</p>
    </Empty>
  );
}

/** A job without a result is not a failure of ours. */
function noneYet(error: Error): IResult | null {
  if (error instanceof ProblemError && error.problem.status === 404) {
    return null;
  }
  throw error;
}

function Traceback(props: { error: IRemoteError }): JSX.Element {
  const { trans } = useHost();
  const { error } = props;
  return (
    <div className="hubkin-Traceback">
      <p>
        <strong>
          {error.type}: {error.message}
        </strong>{' '}
        <span className="hubkin-Chip">{trans.__('replica %1', error.rank)}</span>
      </p>
      {error.frames.length > 0 && (
        <ol className="hubkin-Traceback-frames">
          {error.frames.map((frame, index) => (
            <li key={index}>
              <span className="hubkin-Note">
                {trans.__('%1, line %2, in %3', frame.file, frame.line, frame.function)}
              </span>
              {frame.text && <pre>{frame.text}</pre>}
            </li>
          ))}
        </ol>
      )}
      <details>
        <summary>{trans.__('Whole traceback')}</summary>
        {/* Focusable, so that the keyboard can scroll it. */}
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <pre className="hubkin-Pre" tabIndex={0}>
          {error.traceback}
        </pre>
      </details>
    </div>
  );
}
