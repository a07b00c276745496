/**
 * The platform's REST, one method a route. JupyterLab and the pages give it their own way to send.
 *
 * Answers that are not a success become `ProblemError` (the platform said no) or `UnreachableError` (nobody answered).
 */
import {
  IAccount,
  IEntry,
  IExplanation,
  IFileEntry,
  IJob,
  ILogPage,
  IMe,
  IMetrics,
  IModelVersion,
  IPage,
  IPlan,
  IPlanRequest,
  IPreferences,
  IProblem,
  IProfile,
  IResult,
  IStopRequest,
  ITopupRequest,
  IUsage
} from './wire';

/** Sends a request whose path is relative to the API's base, e.g. `/jobs?limit=50`. Rejects when nobody answers. */
export type Transport = (path: string, init: RequestInit) => Promise<Response>;

/** The platform answered, and the answer is a problem. */
export class ProblemError extends Error {
  constructor(readonly problem: IProblem) {
    super(problem.detail || problem.title);
  }
}

/** Nobody answered, or only a proxy in front of the platform. */
export class UnreachableError extends Error {}

/** What a list of jobs may be narrowed by; the names are the REST parameters. */
export interface IJobQuery {
  state?: readonly string[];
  q?: string;
  owner?: string;
  limit?: number;
  cursor?: string;
}

/** Which part of a job's log: from a cursor on, or from so many bytes before its end. */
export interface ILogQuery {
  replica?: number;
  cursor?: string;
  tail_bytes?: number;
  limit_bytes?: number;
}

type Query = Record<string, string | number | readonly string[] | undefined>;

/** The platform as typed calls. */
export class Client {
  constructor(
    private readonly send: Transport,
    private readonly language: string,
    private readonly reads: '/jobs' | '/admin/jobs' = '/jobs'
  ) {}

  /** The same, but a job that is read may be anybody's; the platform writes down who looks. */
  asAdmin(): Client {
    return new Client(this.send, this.language, '/admin/jobs');
  }

  me(): Promise<IMe> {
    return this.get('/me');
  }

  profiles(): Promise<IPage<IProfile>> {
    return this.get('/profiles');
  }

  jobs(query: IJobQuery = {}): Promise<IPage<IJob>> {
    return this.get('/jobs', { ...query });
  }

  job(id: string): Promise<IJob> {
    return this.get(this.pathOf(id));
  }

  explanation(id: string): Promise<IExplanation> {
    return this.get(`${this.pathOf(id)}/explanation`);
  }

  stop(id: string, body: IStopRequest): Promise<IJob> {
    return this.post(`/jobs/${encodeURIComponent(id)}/stop`, body);
  }

  extend(id: string, by: string): Promise<IJob> {
    return this.post(`/jobs/${encodeURIComponent(id)}/extend`, { by });
  }

  /** Submit the same spec as a new job. `key` makes a repeated click one job. */
  restart(id: string, key: string): Promise<IJob> {
    return this.post(`/jobs/${encodeURIComponent(id)}/restart`, {}, key);
  }

  plan(id: string): Promise<IPlan> {
    return this.get(`/plans/${encodeURIComponent(id)}`);
  }

  /** Ask what a spec would cost and wait for; nothing is submitted. */
  makePlan(body: IPlanRequest): Promise<IPlan> {
    return this.post('/plans', body);
  }

  /** Submit without a plan. `key` makes a repeated click one job. */
  submitSpec(request: IPlanRequest, key: string): Promise<IJob> {
    return this.post('/jobs', request, key);
  }

  /** Submit a plan. The key is the plan's, so two clicks, here or in two tabs, make one job. */
  submit(planId: string): Promise<IJob> {
    return this.post('/jobs', { plan_id: planId }, `plan-${planId}`);
  }

  logs(id: string, query: ILogQuery): Promise<ILogPage> {
    return this.get(`${this.pathOf(id)}/logs`, { ...query });
  }

  metrics(id: string, points: number): Promise<IMetrics> {
    return this.get(`${this.pathOf(id)}/metrics`, { points });
  }

  result(id: string): Promise<IResult> {
    return this.get(`${this.pathOf(id)}/result`);
  }

  files(id: string): Promise<IPage<IFileEntry>> {
    return this.get(`${this.pathOf(id)}/files`);
  }

  /** The bytes of one kept file. */
  async file(id: string, path: string): Promise<Blob> {
    const encoded = path.split('/').map(encodeURIComponent).join('/');
    const response = await this.request(`${this.pathOf(id)}/files/${encoded}`, {});
    return response.blob();
  }

  models(): Promise<IPage<IModelVersion>> {
    return this.get('/models');
  }

  /** My account at a glance, or that of one of my groups. */
  usage(owner?: string): Promise<IUsage> {
    return this.get('/usage', { owner });
  }

  entries(account: string, cursor?: string): Promise<IPage<IEntry>> {
    return this.get('/usage/entries', { account, limit: 50, cursor });
  }

  accounts(): Promise<IPage<IAccount>> {
    return this.get('/accounts');
  }

  topup(body: ITopupRequest, key: string): Promise<IEntry> {
    return this.post('/topups', body, key);
  }

  jobsOfEveryone(query: IJobQuery = {}): Promise<IPage<IJob>> {
    return this.get('/admin/jobs', { ...query });
  }

  stopAsAdmin(id: string, body: IStopRequest): Promise<IJob> {
    return this.post(`/admin/jobs/${encodeURIComponent(id)}/stop`, body);
  }

  remember(preferences: IPreferences): Promise<IPreferences> {
    return this.json('/preferences', { method: 'PUT', body: JSON.stringify(preferences) });
  }

  /** Where a job is read. */
  private pathOf(id: string): string {
    return `${this.reads}/${encodeURIComponent(id)}`;
  }

  private get<T>(path: string, query: Query = {}): Promise<T> {
    return this.json(path + search(query), {});
  }

  private post<T>(path: string, body: unknown, key?: string): Promise<T> {
    const headers: Record<string, string> = key ? { 'Idempotency-Key': `"${key}"` } : {};
    return this.json(path, { method: 'POST', body: JSON.stringify(body), headers });
  }

  private async json<T>(path: string, init: RequestInit): Promise<T> {
    const response = await this.request(path, init);
    return (await response.json()) as T;
  }

  private async request(path: string, init: RequestInit): Promise<Response> {
    const headers: Record<string, string> = {
      Accept: 'application/json, application/problem+json',
      'Accept-Language': this.language,
      ...(init.headers as Record<string, string> | undefined)
    };
    if (init.body !== undefined) {
      headers['Content-Type'] = 'application/json';
    }
    let response: Response;
    try {
      response = await this.send(path, { ...init, headers });
    } catch (error) {
      throw new UnreachableError(String(error));
    }
    if (!response.ok) {
      throw await refusal(response);
    }
    return response;
  }
}

async function refusal(response: Response): Promise<Error> {
  const type = response.headers.get('Content-Type') ?? '';
  if (type.startsWith('application/problem+json')) {
    return new ProblemError((await response.json()) as IProblem);
  }
  if (response.status >= 502) {
    return new UnreachableError(`HTTP ${response.status}`);
  }
  return new ProblemError({
    type: 'about:blank',
    title: `HTTP ${response.status} ${response.statusText}`.trim(),
    status: response.status,
    detail: '',
    code: response.status === 404 ? 'not_found' : response.status === 403 ? 'forbidden' : 'unexpected',
    params: {},
    instance: null,
    request_id: response.headers.get('X-Request-ID'),
    errors: [],
    actions: []
  });
}

function search(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== '') {
        parameters.append(name, String(one));
      }
    }
  }
  const text = parameters.toString();
  return text ? `?${text}` : '';
}
