/** Our settings in the language of JupyterLab, which by itself translates only those of its own language packs. */
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITrans } from '../core/i18n';

/** The schema's plugin with the titles and descriptions of its settings translated. */
export function inLanguage(plugin: ISettingRegistry.IPlugin, trans: ITrans): ISettingRegistry.IPlugin {
  const properties = Object.entries(plugin.schema.properties ?? {}).map(([name, property]) => [
    name,
    {
      ...property,
      title: trans.said(property.title ?? ''),
      description: trans.said(property.description ?? '')
    }
  ]);
  const schema: ISettingRegistry.ISchema = {
    ...plugin.schema,
    title: trans.said(plugin.schema.title ?? ''),
    description: trans.said(plugin.schema.description ?? ''),
    properties: Object.fromEntries(properties)
  };
  return { ...plugin, schema };
}
