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
  if (href && isOfTheWeb(href)) {
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

/** Whether an address leads to a page: what a notebook remembers may be anybody's words, and a link may be a script. */
function isOfTheWeb(href: string): boolean {
  try {
    return ['http:', 'https:'].includes(new URL(href, window.location.href).protocol);
  } catch {
    return false;
  }
}
