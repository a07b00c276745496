/** The states that every view has besides its content: empty, loading, failed, offline. */
import * as React from 'react';
import { ProblemError, UnreachableError } from '../core/client';
import { useHost, useLive } from './host';

/** Nothing here yet: one sentence, and what to do about it. */
export function Empty(props: { children: React.ReactNode }): JSX.Element {
  return <div className="hubkin-Empty">{props.children}</div>;
}

/** Grey lines where rows will be, so that nothing jumps. */
export function Skeleton(props: { lines: number }): JSX.Element {
  const { trans } = useHost();
  return (
    <div className="hubkin-Skeleton" role="status" aria-label={trans.__('Loading')}>
      {Array.from({ length: props.lines }, (_, index) => (
        <div key={index} className="hubkin-Skeleton-line" />
      ))}
    </div>
  );
}

/** What failed, in the platform's own words, with the request's number to quote. */
export function ErrorBox(props: { error: Error; onRetry?: () => void }): JSX.Element {
  const { trans } = useHost();
  const { error, onRetry } = props;
  const requestId = error instanceof ProblemError ? error.problem.request_id : null;
  const isSignedOut = error instanceof ProblemError && error.problem.status === 401;
  return (
    <div className="hubkin-Notice" data-kind="error" role="alert">
      <p>
        {isSignedOut
          ? trans.__('You are signed out.')
          : sentence(error, trans.__("Can't reach the platform."))}
      </p>
      {requestId && (
        <p className="hubkin-Notice-detail">
          {trans.__('Request %1', requestId)} <CopyButton text={requestId} />
        </p>
      )}
      {isSignedOut && <SignIn />}
      {onRetry && !isSignedOut && (
        <div className="hubkin-Actions">
          <button type="button" className="hubkin-Button" onClick={onRetry}>
            {trans.__('Try again')}
          </button>
        </div>
      )}
    </div>
  );
}

function sentence(error: Error, unreachable: string): string {
  if (error instanceof UnreachableError) {
    return unreachable;
  }
  return error.message || String(error);
}

function SignIn(): JSX.Element {
  const { trans } = useHost();
  return (
    <button type="button" className="hubkin-Button" onClick={() => location.reload()}>
      {trans.__('Sign in again')}
    </button>
  );
}

/** Says since when the platform is away; nothing while it answers. */
export function OfflineBar(): JSX.Element | null {
  const { model, trans, format } = useHost();
  const connection = useLive(state => state.connection);
  if (connection.online || connection.since === null) {
    return null;
  }
  if (connection.isSignedOut) {
    return (
      <div className="hubkin-Notice" data-kind="offline" role="status">
        <p>{trans.__('You are signed out.')}</p>
        <SignIn />
      </div>
    );
  }
  return (
    <div className="hubkin-Notice" data-kind="offline" role="status">
      <p>
        {trans.__(
          "Can't reach the platform since %1. Your running jobs are not affected. Trying again by itself.",
          format.clock(connection.since)
        )}
      </p>
      <div className="hubkin-Actions">
        <button type="button" className="hubkin-Button" onClick={() => model.retry()}>
          {trans.__('Retry now')}
        </button>
      </div>
    </div>
  );
}

/** Copies a text and says so. */
export function CopyButton(props: { text: string; label?: string }): JSX.Element {
  const { trans } = useHost();
  const [copied, setCopied] = React.useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(props.text);
    setCopied(true);
  };
  const label = props.label ?? trans.__('Copy');
  return (
    <button
      type="button"
      className="hubkin-Button"
      data-small
      aria-label={copied ? trans.__('Copied') : trans.__('%1: %2', label, props.text)}
      onClick={() => void copy()}
      onBlur={() => setCopied(false)}
    >
      {copied ? trans.__('Copied') : label}
    </button>
  );
}
