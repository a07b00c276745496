/** What our plugins share. */
import { Token } from '@lumino/coreutils';
import { IHost } from '../ui/host';

/** The platform, as this JupyterLab reaches it. */
export interface IHubkin {
  readonly host: IHost;
  /** Whether our server extension is here and the platform knows this server; false outside of JupyterHub. */
  readonly connected: Promise<boolean>;
  /** The same, as known by now: for `isEnabled` of commands. */
  readonly isConnected: boolean;
}

export const IHubkin = new Token<IHubkin>(
  '@hubkin/lab:IHubkin',
  'The computing platform: its client, its live rows, and how views are shown here.'
);

/** The ids of our commands. */
export const CommandIds = {
  showJobs: 'hubkin:show-jobs',
  showUsage: 'hubkin:show-usage',
  openJob: 'hubkin:open-job',
  stopJob: 'hubkin:stop-job',
  checkpointJob: 'hubkin:stop-job-after-checkpoint',
  extendJob: 'hubkin:extend-job',
  submitAgain: 'hubkin:submit-again',
  openPages: 'hubkin:open-pages'
} as const;
