/** What a cell's author should know: files that do not travel, lines that were left out. */
import * as React from 'react';
import { ICaptureReport } from '../core/wire';

export function Notes(props: { capture: ICaptureReport | null }): JSX.Element | null {
  const notes = props.capture?.notes ?? [];
  if (notes.length === 0) {
    return null;
  }
  return (
    <div className="hubkin-Notice" data-kind="warning">
      {notes.map(note => (
        <p key={note}>{note}</p>
      ))}
    </div>
  );
}
