/** Which page an address means, and back; the filters are in the address, so that it can be shared. */
import { IFilter, NO_FILTER } from '../jobs/filter';
import { STATE_FILTERS, StateFilter } from '../core/states';

export type Route =
  | { readonly page: 'home'; readonly filter: IFilter }
  | { readonly page: 'job'; readonly id: string }
  | { readonly page: 'admin'; readonly filter: IFilter }
  | { readonly page: 'admin-job'; readonly id: string };

/** The page of a path such as `/services/hubkin/jobs/job-01`. `base` ends in a slash. */
export function routeOf(base: string, path: string, search: string): Route {
  const rest = path.startsWith(base) ? path.slice(base.length) : '';
  const job = /^(admin\/)?jobs\/([^/]+)\/?$/.exec(rest);
  if (job) {
    return { page: job[1] ? 'admin-job' : 'job', id: decodeURIComponent(job[2] as string) };
  }
  const filter = filterOf(search);
  return /^admin(\/|$)/.test(rest) ? { page: 'admin', filter } : { page: 'home', filter };
}

/** The address of a page. */
export function addressOf(base: string, route: Route): string {
  if ('id' in route) {
    return `${base}${route.page === 'admin-job' ? 'admin/' : ''}jobs/${encodeURIComponent(route.id)}`;
  }
  const parameters = new URLSearchParams();
  if (route.filter.states !== NO_FILTER.states) {
    parameters.set('show', route.filter.states);
  }
  if (route.filter.text) {
    parameters.set('q', route.filter.text);
  }
  if (route.filter.owner) {
    parameters.set('owner', route.filter.owner);
  }
  const search = parameters.toString();
  return `${base}${route.page === 'admin' ? 'admin' : ''}${search ? `?${search}` : ''}`;
}

function filterOf(search: string): IFilter {
  const parameters = new URLSearchParams(search);
  const states = parameters.get('show') ?? NO_FILTER.states;
  return {
    text: parameters.get('q') ?? '',
    owner: parameters.get('owner') ?? '',
    states: states in STATE_FILTERS ? (states as StateFilter) : NO_FILTER.states
  };
}
