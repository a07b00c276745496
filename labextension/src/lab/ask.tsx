/** Opens the dialog of a verb outside of any view: for the palette and the context menu. */
import * as React from 'react';
import { createRoot } from 'react-dom/client';
import { IJob } from '../core/wire';
import { JobDialog, Verb } from '../job/actions';
import { HostProvider, IHost } from '../ui/host';

export function askAbout(host: IHost, verb: Verb, job: IJob): void {
  const place = document.createElement('div');
  document.body.appendChild(place);
  const root = createRoot(place);
  const close = (): void => {
    root.unmount();
    place.remove();
  };
  root.render(
    <HostProvider host={host}>
      <JobDialog verb={verb} job={job} onClose={close} />
    </HostProvider>
  );
}
