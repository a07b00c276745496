/** Entry of the pages: reads the page's configuration, opens the live stream, draws. */
import '../../style/pages.css';
import * as React from 'react';
import { createRoot } from 'react-dom/client';
import { Client } from '../core/client';
import { Format } from '../core/format';
import { translatorOf } from '../core/i18n';
import { Model } from '../core/model';
import { HostProvider, IHost } from '../ui/host';
import { saveBlob } from '../ui/save';
import { App } from './app';
import { IPageConfig, readConfig } from './config';
import { addressOf, Route, routeOf } from './routes';
import { EventStream } from './sse';
import { followSystemTheme } from './theme';

/** The model of one language: texts of the platform come in the language of the request. */
function modelOf(config: IPageConfig, language: string): Model {
  const send = (path: string, init: RequestInit): Promise<Response> =>
    fetch(config.api + path, {
      ...init,
      credentials: 'same-origin',
      headers: { ...(init.headers as Record<string, string>), 'X-XSRFToken': config.xsrf }
    });
  const headers = { 'Accept-Language': language, 'X-XSRFToken': config.xsrf };
  return new Model(new Client(send, language), new EventStream(`${config.api}/events`, headers));
}

function Root(props: { config: IPageConfig; base: string }): JSX.Element {
  const { config, base } = props;
  const [language, setLanguage] = React.useState(config.language);
  const [route, setRoute] = React.useState(() => routeOf(base, location.pathname, location.search));
  const model = React.useMemo(() => modelOf(config, language), [config, language]);

  React.useEffect(() => {
    document.documentElement.lang = translatorOf(language).language;
    model.start();
    return () => model.stop();
  }, [model, language]);
  React.useEffect(() => {
    const onBack = (): void => setRoute(routeOf(base, location.pathname, location.search));
    window.addEventListener('popstate', onBack);
    return () => window.removeEventListener('popstate', onBack);
  }, [base]);

  const go = React.useCallback(
    (to: Route): void => {
      history.pushState(null, '', addressOf(base, to));
      setRoute(to);
      document.getElementById('hubkin-main')?.focus();
      window.scrollTo(0, 0);
    },
    [base]
  );
  const note = React.useCallback(
    (to: Route): void => history.replaceState(null, '', addressOf(base, to)),
    [base]
  );
  const changeLanguage = (to: string): void => {
    setLanguage(to);
    // Shown at once; remembered when the platform is there to do so.
    model.client.remember({ language: to }).catch(() => undefined);
  };
  const host = React.useMemo<IHost>(() => {
    const trans = translatorOf(language);
    return {
      model,
      trans,
      format: new Format(trans),
      jobHref: id => addressOf(base, { page: 'job', id }),
      openJob: id => go({ page: 'job', id }),
      save: saveBlob
    };
  }, [model, language, base, go]);

  return (
    <HostProvider key={language} host={host}>
      <App config={config} base={base} route={route} go={go} note={note} onLanguage={changeLanguage} />
    </HostProvider>
  );
}

const config = readConfig();
const base = config.api.replace(/api\/v1\/?$/, '');
followSystemTheme();
const root = document.getElementById('hubkin-root');
if (root) {
  root.className = 'hubkin-Root';
  createRoot(root).render(<Root config={config} base={base} />);
}
