/** The pages at `/services/hubkin/`: the same views as in JupyterLab, with addresses. */
import * as React from 'react';
import { AdminView } from '../admin/view';
import { IFilter, NO_FILTER } from '../jobs/filter';
import { JobsView } from '../jobs/list';
import { JobView } from '../job/view';
import { HostProvider, IHost, useHost } from '../ui/host';
import { UsageView } from '../usage/view';
import { IPageConfig } from './config';
import { addressOf, Route } from './routes';

export interface IAppProps {
  config: IPageConfig;
  base: string;
  route: Route;
  go: (route: Route) => void;
  /** Write the filter into the address, without a new step in the history. */
  note: (route: Route) => void;
  onLanguage: (language: string) => void;
}

export function App(props: IAppProps): JSX.Element {
  const { config, base, route, go, note } = props;
  const { trans } = useHost();
  const main = React.useRef<HTMLElement>(null);
  const title = useTitle(route);
  return (
    <>
      <a className="hubkin-Skip" href="#hubkin-main">
        {trans.__('Skip to the content')}
      </a>
      <header className="hubkin-Top">
        <nav aria-label={trans.__('Hubkin')}>
          <PageLink
            base={base}
            go={go}
            to={{ page: 'home', filter: NO_FILTER }}
            isCurrent={route.page === 'home'}
          >
            {trans.__('Jobs and usage')}
          </PageLink>
          {config.admin && (
            <PageLink
              base={base}
              go={go}
              to={{ page: 'admin', filter: NO_FILTER }}
              isCurrent={route.page === 'admin'}
            >
              {trans.__('Administration')}
            </PageLink>
          )}
          <a href={hubPage(base, 'home')}>{trans.__('Notebooks')}</a>
        </nav>
        <span className="hubkin-Top-user">{config.user}</span>
        <a href={hubPage(base, 'logout')}>{trans.__('Sign out')}</a>
        <LanguageSwitch onLanguage={props.onLanguage} />
      </header>
      <main id="hubkin-main" ref={main} tabIndex={-1} className="hubkin-Main" data-page={route.page}>
        <h1 className={'id' in route ? 'hubkin-visuallyHidden' : undefined}>{title}</h1>
        {route.page === 'home' && (
          <Home filter={route.filter} note={filter => note({ page: 'home', filter })} />
        )}
        {route.page === 'job' && <JobView key={route.id} id={route.id} />}
        {route.page === 'admin' && (
          <AsAdmin base={base} go={go}>
            <AdminView filter={route.filter} onFilter={filter => note({ page: 'admin', filter })} />
          </AsAdmin>
        )}
        {route.page === 'admin-job' && (
          <AsAdmin base={base} go={go}>
            <JobView key={route.id} id={route.id} scope="everyone" />
          </AsAdmin>
        )}
      </main>
    </>
  );
}

/** What is below reads anybody's jobs, and opens them on an admin's page. */
function AsAdmin(props: {
  base: string;
  go: (route: Route) => void;
  children: React.ReactNode;
}): JSX.Element {
  const { base, go } = props;
  const outer = useHost();
  const host = React.useMemo<IHost>(
    () => ({
      ...outer,
      model: outer.model.asAdmin(),
      jobHref: id => addressOf(base, { page: 'admin-job', id }),
      openJob: id => go({ page: 'admin-job', id })
    }),
    [outer, base, go]
  );
  return <HostProvider host={host}>{props.children}</HostProvider>;
}

/** A page of the hub's own, beside `/services/`. */
function hubPage(base: string, page: string): string {
  return base.replace(/services\/[^/]+\/$/, `hub/${page}`);
}

function Home(props: { filter: IFilter; note: (filter: IFilter) => void }): JSX.Element {
  const { trans } = useHost();
  return (
    <div className="hubkin-Home">
      <section aria-labelledby="hubkin-jobs">
        <h2 id="hubkin-jobs">{trans.__('Jobs')}</h2>
        <JobsView scope="mine" filter={props.filter} onFilter={props.note} />
      </section>
      <section aria-labelledby="hubkin-usage">
        <h2 id="hubkin-usage">{trans.__('Usage')}</h2>
        <UsageView />
      </section>
    </div>
  );
}

function useTitle(route: Route): string {
  const { trans } = useHost();
  const title =
    route.page === 'home'
      ? trans.__('Jobs and usage')
      : route.page === 'admin'
        ? trans.__('Administration')
        : trans.__('Job %1', route.id);
  React.useEffect(() => {
    document.title = `${title} – Hubkin`;
  }, [title]);
  return title;
}

function PageLink(props: {
  base: string;
  to: Route;
  go: (route: Route) => void;
  isCurrent: boolean;
  children: React.ReactNode;
}): JSX.Element {
  const follow = (event: React.MouseEvent): void => {
    if (event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      props.go(props.to);
    }
  };
  return (
    <a
      href={addressOf(props.base, props.to)}
      aria-current={props.isCurrent ? 'page' : undefined}
      onClick={follow}
    >
      {props.children}
    </a>
  );
}

/** Each language is named in itself, so that nobody has to read the other one to leave it. */
function LanguageSwitch(props: { onLanguage: (language: string) => void }): JSX.Element {
  const { trans } = useHost();
  const other = trans.language.startsWith('zh')
    ? { tag: 'en', name: 'English' }
    : { tag: 'zh-CN', name: '中文' };
  return (
    <button
      type="button"
      className="hubkin-Button"
      data-small
      lang={other.tag}
      onClick={() => props.onLanguage(other.tag)}
    >
      {other.name}
    </button>
  );
}
