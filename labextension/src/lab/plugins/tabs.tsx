/** A job as a tab of the main area, with commands for everything that can be done to it. */
import { ILabShell, ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import * as React from 'react';
import { IJob } from '../../core/wire';
import { Verb, verbsOf } from '../../job/actions';
import { JobView } from '../../job/view';
import { askAbout } from '../ask';
import { jobsIcon } from '../icon';
import { CommandIds, IHubkin } from '../tokens';
import { ViewWidget } from '../widget';

type JobTab = MainAreaWidget<ViewWidget>;

const VERBS: Record<string, Verb> = {
  [CommandIds.stopJob]: 'stop',
  [CommandIds.checkpointJob]: 'checkpoint',
  [CommandIds.extendJob]: 'extend',
  [CommandIds.submitAgain]: 'restart'
};

export const tabs: JupyterFrontEndPlugin<void> = {
  id: '@hubkin/lab:tabs',
  description: 'Opens jobs in tabs.',
  autoStart: true,
  requires: [IHubkin],
  optional: [ILabShell, ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    hubkin: IHubkin,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ) => {
    const { host } = hubkin;
    const { trans } = host;
    const { commands } = app;
    const tracker = new WidgetTracker<JobTab>({ namespace: 'hubkin-job' });

    commands.addCommand(CommandIds.openJob, {
      label: args => trans.__('Open job %1', String(args.name ?? args.id ?? '')),
      execute: args => {
        const id = String(args.id ?? '');
        const href = host.model.store.current().jobs.get(id)?.href;
        if (!labShell && href) {
          // Notebook 7 has no tabs of its own: the job's page opens in one of the browser's.
          window.open(href, '_blank', 'noopener');
          return;
        }
        const tab = tracker.find(each => each.id === tabId(id)) ?? make(id, String(args.name ?? id));
        app.shell.activateById(tab.id);
      }
    });
    const make = (id: string, name: string): JobTab => {
      const content = new ViewWidget(host, () => <JobView id={id} />);
      const tab: JobTab = new MainAreaWidget({ content });
      tab.id = tabId(id);
      tab.title.label = name;
      tab.title.caption = trans.__('Job %1', name);
      tab.title.icon = jobsIcon;
      tab.title.closable = true;
      tab.toolbar.hide();
      app.shell.add(tab, 'main');
      void tracker.add(tab);
      return tab;
    };
    void restorer?.restore(tracker, {
      command: CommandIds.openJob,
      args: tab => ({ id: jobIdOf(tab), name: tab.title.label }),
      name: tab => jobIdOf(tab),
      when: hubkin.connected
    });

    /** The job that a command is about: named, under the pointer, or in the current tab. */
    const jobOf = (args: ReadonlyPartialJSONObject): IJob | undefined => {
      const row = app.contextMenuHitTest(node => node.dataset.job !== undefined);
      const id = args.id ?? row?.dataset.job ?? (tracker.currentWidget && jobIdOf(tracker.currentWidget));
      return host.model.store.current().jobs.get(String(id ?? ''));
    };
    const labels: Record<string, string> = {
      [CommandIds.stopJob]: trans.__('Stop job now…'),
      [CommandIds.checkpointJob]: trans.__('Stop job after a checkpoint…'),
      [CommandIds.extendJob]: trans.__('Extend the time limit of the job…'),
      [CommandIds.submitAgain]: trans.__('Submit job again…')
    };
    for (const [command, verb] of Object.entries(VERBS)) {
      commands.addCommand(command, {
        label: labels[command] ?? command,
        isEnabled: args => {
          const job = jobOf(args);
          return job !== undefined && verbsOf(job).includes(verb);
        },
        execute: args => {
          const job = jobOf(args);
          if (job) {
            askAbout(host, verb, job);
          }
        }
      });
      palette?.addItem({ command, category: trans.__('Compute') });
      app.contextMenu.addItem({ command, selector: '.hubkin-JobRow' });
    }
    const refresh = (): void => Object.keys(VERBS).forEach(each => commands.notifyCommandChanged(each));
    host.model.store.onJob(refresh);
    tracker.currentChanged.connect(refresh);
  }
};

const PREFIX = 'hubkin-job-';
const tabId = (id: string): string => PREFIX + id;
const jobIdOf = (tab: JobTab): string => tab.id.slice(PREFIX.length);
