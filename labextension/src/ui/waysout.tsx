/** What can be done instead, as the platform words it: a link, a change of what was asked for, or words. */
import * as React from 'react';
import { IAction } from '../core/wire';

/** Asks again with a change of the spec. */
export type Patcher = (patch: Record<string, unknown>) => void;

export function WaysOut(props: { actions: readonly IAction[]; onPatch?: Patcher }): JSX.Element | null {
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
