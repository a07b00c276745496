/** The side bar with the sections JOBS and USAGE. */
import { ILabShell, ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, IMovableSectionRegistry } from '@jupyterlab/apputils';
import * as React from 'react';
import { JobsView } from '../../jobs/list';
import { UsageView } from '../../usage/view';
import { jobsIcon } from '../icon';
import { HubkinPanel } from '../panel';
import { CommandIds, IHubkin } from '../tokens';
import { ViewWidget } from '../widget';

/** Third parties have 501 to 899. */
const RANK = 510;
const PANEL = '@hubkin/lab:panel';

export const panel: JupyterFrontEndPlugin<void> = {
  id: PANEL,
  description: 'Shows jobs and usage in the side bar.',
  autoStart: true,
  requires: [IHubkin],
  optional: [ILayoutRestorer, ICommandPalette, IMovableSectionRegistry, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    hubkin: IHubkin,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    sections: IMovableSectionRegistry | null
  ) => {
    const { host } = hubkin;
    const { trans } = host;
    const side = new HubkinPanel();
    side.title.icon = jobsIcon;
    side.title.caption = trans.__('Compute: jobs and usage');
    side.node.setAttribute('role', 'region');
    side.node.setAttribute('aria-label', trans.__('Compute'));

    const jobs = new ViewWidget(host, () => <JobsView scope="mine" />);
    jobs.id = 'hubkin-section-jobs';
    jobs.title.label = trans.__('Jobs');
    const usage = new ViewWidget(host, () => <UsageView />);
    usage.id = 'hubkin-section-usage';
    usage.title.label = trans.__('Usage');
    side.addSection(jobs);
    side.addSection(usage);

    const { commands } = app;
    commands.addCommand(CommandIds.showJobs, {
      label: trans.__('Show my jobs'),
      caption: trans.__('Open the list of jobs in the side bar'),
      icon: jobsIcon,
      isEnabled: () => hubkin.isConnected,
      execute: () => {
        app.shell.activateById(side.id);
        side.expand(jobs.id);
      }
    });
    commands.addCommand(CommandIds.showUsage, {
      label: trans.__('Show my usage'),
      caption: trans.__('Open balance and bookings in the side bar'),
      isEnabled: () => hubkin.isConnected,
      execute: () => {
        app.shell.activateById(side.id);
        side.expand(usage.id);
      }
    });
    for (const command of [CommandIds.showJobs, CommandIds.showUsage]) {
      palette?.addItem({ command, category: trans.__('Compute') });
    }

    void hubkin.connected.then(isConnected => {
      if (isConnected) {
        app.shell.add(side, 'left', { rank: RANK });
        restorer?.add(side, side.id);
        sections?.registerSource(PANEL, trans.__('Compute'), side);
      }
    });
  }
};
