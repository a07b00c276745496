/** Our icons: one colour, drawn from the text colour; each state has a shape of its own. */
import * as React from 'react';

const STATE_PATHS: Record<string, string> = {
  // A clock.
  queued:
    'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm0 1.5a5 5 0 1 1 0 10A5 5 0 0 1 8 3Zm-.75 2v3.3l2.4 2.4 1.06-1.05L8.75 7.7V5Z',
  // A dotted ring.
  starting:
    'M7 1h2v3H7Zm0 11h2v3H7ZM1 7h3v2H1Zm11 0h3v2h-3ZM2.7 4.1l1.4-1.4 2.1 2.1-1.4 1.4Zm7.1 7.1 1.4-1.4 2.1 2.1-1.4 1.4ZM2.7 11.9l2.1-2.1 1.4 1.4-2.1 2.1Zm7.1-7.1 2.1-2.1 1.4 1.4-2.1 2.1Z',
  // A triangle in a disc.
  running: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1ZM6.3 4.8 11.6 8l-5.3 3.2Z',
  // A half square in a ring.
  stopping: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3ZM5.5 5.5v5H8v-5Z',
  // A tick.
  succeeded: 'm6.4 12.6-4.2-4.2 1.5-1.5 2.7 2.7 6-6 1.5 1.5Z',
  // A cross.
  failed: 'm3.6 2.2 4.4 4.4 4.4-4.4 1.4 1.4L9.4 8l4.4 4.4-1.4 1.4L8 9.4l-4.4 4.4-1.4-1.4L6.6 8 2.2 3.6Z',
  // A square.
  stopped: 'M3 3h10v10H3Z',
  // Two bars.
  suspended: 'M3.5 2.5h3.2v11H3.5Zm5.8 0h3.2v11H9.3Z'
};

/** The icon of a state; always beside its word. */
export function StateIcon(props: { state: string }): JSX.Element {
  return (
    <svg
      className="hubkin-StateIcon"
      data-state={props.state}
      viewBox="0 0 16 16"
      width="14"
      height="14"
      aria-hidden="true"
      focusable="false"
    >
      <path fillRule="evenodd" d={STATE_PATHS[props.state] ?? 'M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3Z'} />
    </svg>
  );
}
