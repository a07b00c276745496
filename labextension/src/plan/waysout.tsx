/** What can be done about a warning or a refusal: a link, the same plan with a change, or words. */
import * as React from 'react';
import { ProblemError } from '../core/client';
import { IAction, ICaution } from '../core/wire';
import { ErrorBox } from '../ui/notices';

/** Makes the plan again with a change of its spec. */
export type Patcher = (patch: Record<string, unknown>) => void;

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

function WaysOut(props: { actions: readonly IAction[]; onPatch?: Patcher }): JSX.Element | null {
  const { actions, onPatch } = props;
  if (actions.length === 0) {
    return null;
  }
  return (
    <ul className="hubkin-Actions">
      {actions.map(action => (
        <li key={action.label}>
          <WayOut action={action} onPatch={onPatch} />
        </li>
      ))}
    </ul>
  );
}

function WayOut(props: { action: IAction; onPatch?: Patcher }): JSX.Element {
  const { action, onPatch } = props;
  const { patch, href, label } = action;
  if (href) {
    return <a href={href}>{label}</a>;
  }
  if (patch && onPatch) {
    return (
      <button type="button" className="hubkin-Button" data-small onClick={() => onPatch(patch)}>
        {label}
      </button>
    );
  }
  return <>{label}</>;
}
