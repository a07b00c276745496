/** The plugins of JupyterLab and Notebook 7. Each can be turned off; only the provider is needed by the others. */
import { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { card } from './plugins/card';
import { notices } from './plugins/notices';
import { panel } from './plugins/panel';
import { provider } from './plugins/provider';
import { status } from './plugins/status';
import { tabs } from './plugins/tabs';

export { IHubkin } from './tokens';

const plugins: JupyterFrontEndPlugin<unknown>[] = [provider, panel, tabs, card, status, notices];
export default plugins;
