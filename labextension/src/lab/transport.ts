/** Browser → our server extension → platform; the platform's token stays on the server. */
import { ServerConnection } from '@jupyterlab/services';
import { Transport } from '../core/client';

/** A transport through `hubkin/api` of this Jupyter server, whose traffic does not count as activity. */
export function transportOf(settings: ServerConnection.ISettings): Transport {
  return (path, init) => {
    const separator = path.includes('?') ? '&' : '?';
    const url = `${settings.baseUrl}hubkin/api${path}${separator}no_track_activity=1`;
    // With `no-store` JupyterLab adds the time as a parameter, and the platform refuses parameters it does not know.
    return ServerConnection.makeRequest(url, { ...init, cache: 'no-cache' }, settings);
  };
}
