/** Provides the platform to our other plugins, and to those of others. */
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator } from '@jupyterlab/translation';
import { Client, UnreachableError } from '../../core/client';
import { Format } from '../../core/format';
import { translatorOf } from '../../core/i18n';
import { Model } from '../../core/model';
import { IHost } from '../../ui/host';
import { saveBlob } from '../../ui/save';
import { EventsOfJupyter } from '../live';
import { inLanguage } from '../schema';
import { CommandIds, IHubkin } from '../tokens';
import { transportOf } from '../transport';

const PROVIDER = '@hubkin/lab:plugin';
const TRANSLATION = '@jupyterlab/translation-extension:plugin';
const ENGLISH = 'en';

export const provider: JupyterFrontEndPlugin<IHubkin> = {
  id: PROVIDER,
  description: 'Connects to the computing platform.',
  autoStart: true,
  provides: IHubkin,
  optional: [ITranslator, ISettingRegistry],
  activate: async (
    app: JupyterFrontEnd,
    translator: ITranslator | null,
    settings: ISettingRegistry | null
  ): Promise<IHubkin> => {
    const hubkin = new Hubkin(app, await languageOf(translator, settings));
    settings?.transform(PROVIDER, { fetch: plugin => inLanguage(plugin, hubkin.host.trans) });
    return hubkin;
  }
};

/**
 * The language of JupyterLab, where somebody chose one. Where nobody did, our server lets it follow the switch of the
 * hub's pages, then the browser; for want of a language pack it is English all the same, and we follow them ourselves.
 */
async function languageOf(
  translator: ITranslator | null,
  settings: ISettingRegistry | null
): Promise<string> {
  const code = translator?.languageCode ?? ENGLISH;
  if (!settings || code !== ENGLISH) {
    return code;
  }
  try {
    const { composite } = await settings.get(TRANSLATION, 'locale');
    return composite === undefined || composite === 'default' ? switched() : code;
  } catch {
    return switched();
  }
}

/** The language that the switch of the hub's pages has left in its cookie, otherwise the browser's. */
function switched(): string {
  return /(?:^|; )hubkin-language=(en|zh)(?:;|$)/.exec(document.cookie)?.[1] ?? navigator.language;
}

class Hubkin implements IHubkin {
  readonly host: IHost;
  readonly connected: Promise<boolean>;
  isConnected = false;

  constructor(app: JupyterFrontEnd, language: string) {
    const { serviceManager, commands } = app;
    const trans = translatorOf(language);
    const client = new Client(transportOf(serviceManager.serverSettings), trans.language);
    const model = new Model(client, new EventsOfJupyter(serviceManager));
    this.host = {
      model,
      trans,
      format: new Format(trans),
      jobHref: () => null,
      openJob: (id, name) => void commands.execute(CommandIds.openJob, { id, name }),
      save: saveBlob
    };
    this.connected = this.connect(model);
    void this.connected.then(isConnected => {
      this.isConnected = isConnected;
      commands.notifyCommandChanged();
    });
  }

  /** A platform that is away is still ours; a server without our extension, or outside of a hub, has none. */
  private async connect(model: Model): Promise<boolean> {
    try {
      await model.me();
    } catch (error) {
      if (!(error instanceof UnreachableError)) {
        return false;
      }
    }
    model.start();
    return true;
  }
}
