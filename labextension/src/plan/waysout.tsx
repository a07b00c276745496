/** What can be done about a warning or a refusal: a link, the same plan with a change, or words. */
import * as React from 'react';
import { ProblemError } from '../core/client';
import { ICaution } from '../core/wire';
import { ErrorBox } from '../ui/notices';
import { Patcher, WaysOut } from '../ui/waysout';

export function Warning(props: { warning: ICaution; onPatch?: Patcher }): JSX.Element {
  const { warning, onPatch } = props;
  return (
    <div className="hubkin-Notice" data-kind="warning">
      <p>{warning.text || warning.code}</p>
      <WaysOut actions={warning.actions} onPatch={onPatch} />
    </div>
  );
}

/** A refusal with its ways out, as the platform words them. */
export function SubmitError(props: { error: Error; onPatch: Patcher }): JSX.Element {
  const { error, onPatch } = props;
  return (
    <>
      <ErrorBox error={error} />
      {error instanceof ProblemError && <WaysOut actions={error.problem.actions ?? []} onPatch={onPatch} />}
    </>
  );
}
