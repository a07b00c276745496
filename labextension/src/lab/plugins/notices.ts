/** Short notifications: a job of mine failed, or started after it had to wait. Never two at a time. */
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { noticeOf, shorten } from '../notice';
import { IHubkin } from '../tokens';

const AUTO_CLOSE_MS = 10_000;

export const notices: JupyterFrontEndPlugin<void> = {
  id: '@hubkin/lab:notices',
  description: 'Tells when a job of mine fails or starts after waiting.',
  autoStart: true,
  requires: [IHubkin],
  optional: [ISettingRegistry],
  activate: (_: JupyterFrontEnd, hubkin: IHubkin, registry: ISettingRegistry | null) => {
    const { host } = hubkin;
    const { trans } = host;
    const told = new Set<string>();
    let shown: string | null = null;
    void hubkin.connected.then(async isConnected => {
      if (!isConnected) {
        return;
      }
      const me = await host.model.me();
      const settings = await registry?.load('@hubkin/lab:plugin');
      host.model.store.onJob((job, before) => {
        const notice = noticeOf(job, before, me.name);
        const key = `${job.id} ${job.attempt} ${notice}`;
        if (!notice || told.has(key)) {
          return;
        }
        told.add(key);
        if (
          (settings?.get(notice === 'failed' ? 'notifyFailure' : 'notifyStart').composite ?? true) === false
        ) {
          return;
        }
        if (shown) {
          Notification.dismiss(shown);
        }
        const message =
          notice === 'failed'
            ? trans.__('%1 failed. %2', job.name, job.reason.text)
            : trans.__('%1 has started after %2.', job.name, host.format.duration(job.waited_seconds ?? 0));
        shown = Notification.emit(shorten(message), notice === 'failed' ? 'error' : 'info', {
          autoClose: AUTO_CLOSE_MS,
          actions: [
            { label: trans.__('Open'), displayType: 'link', callback: () => host.openJob(job.id, job.name) }
          ]
        });
      });
    });
  }
};
