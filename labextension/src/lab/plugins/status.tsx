/** One item in the status bar: what runs now costs, and what is left. A click opens the section of usage. */
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';
import { HostProvider, useHost, useLive, useLoad } from '../../ui/host';
import { CommandIds, IHubkin } from '../tokens';

const ID = '@hubkin/lab:status';

export const status: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Shows cost per hour and what is left in the status bar.',
  autoStart: true,
  requires: [IHubkin],
  optional: [IStatusBar, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    hubkin: IHubkin,
    statusBar: IStatusBar | null,
    settings: ISettingRegistry | null
  ) => {
    if (!statusBar) {
      return; // Notebook 7 has none.
    }
    void hubkin.connected.then(async isConnected => {
      const wanted = (await settings?.load('@hubkin/lab:plugin'))?.get('statusBar').composite ?? true;
      if (isConnected && wanted) {
        const item = ReactWidget.create(
          <HostProvider host={hubkin.host}>
            <StatusItem onClick={() => void app.commands.execute(CommandIds.showUsage)} />
          </HostProvider>
        );
        statusBar.registerStatusItem(ID, { item, align: 'right', rank: 50 });
      }
    });
  }
};

function StatusItem(props: { onClick: () => void }): JSX.Element {
  const { model, trans, format } = useHost();
  useLoad(() => model.loadUsage(), []);
  const usage = useLive(state => state.usage);
  const isOnline = useLive(state => state.connection.online);
  if (!usage) {
    return <></>;
  }
  const spends = Number(usage.per_hour.amount) > 0;
  const left = trans.__('%1 left', format.money(usage.available));
  const text = spends ? `${format.perHour(usage.per_hour)} · ${left}` : left;
  return (
    <button
      type="button"
      className="hubkin-StatusItem"
      title={trans.__('Compute: show my usage')}
      onClick={props.onClick}
    >
      {isOnline ? text : trans.__('%1 (platform away)', text)}
    </button>
  );
}
