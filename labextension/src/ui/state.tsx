/** A job's state: an icon and the word, never colour alone. */
import * as React from 'react';
import { stateWord } from '../core/states';
import { useHost } from './host';
import { StateIcon } from './icons';

export function StateBadge(props: { state: string }): JSX.Element {
  const { trans } = useHost();
  return (
    <span className="hubkin-State" data-state={props.state}>
      <StateIcon state={props.state} />
      <span className="hubkin-State-word">{stateWord(props.state, trans)}</span>
    </span>
  );
}

/** A bar with its number beside it; without a total there is no bar. */
export function ProgressBar(props: { fraction: number; label: string }): JSX.Element {
  const { format } = useHost();
  const text = format.percent(props.fraction);
  return (
    <span className="hubkin-Progress">
      <span
        className="hubkin-Progress-track"
        role="progressbar"
        aria-label={props.label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(props.fraction * 100)}
        aria-valuetext={text}
      >
        <span className="hubkin-Progress-bar" style={{ width: `${props.fraction * 100}%` }} />
      </span>
      <span className="hubkin-Progress-text" aria-hidden="true">
        {text}
      </span>
    </span>
  );
}

/** A time that has passed as people say it (the clocks of two machines differ a little), with the exact one in the tooltip and for machines. */
export function Ago(props: { iso: string; now: number; said?: (when: string) => string }): JSX.Element {
  const { format } = useHost();
  const when = format.relative(props.iso, Math.max(props.now, Date.parse(props.iso)));
  return (
    <time dateTime={props.iso} title={format.dateTime(props.iso)}>
      {props.said ? props.said(when) : when}
    </time>
  );
}
