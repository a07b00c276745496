/** Rows for tests, whole and with one word changed; and a platform that answers from them. */
import { render, RenderResult } from '@testing-library/react';
import * as React from 'react';
import { Client, Transport } from '../../core/client';
import { Format } from '../../core/format';
import { translatorOf } from '../../core/i18n';
import { ILiveSink, Model } from '../../core/model';
import { IJob, IMe, IMoney, IPage, IPlan, IUsage } from '../../core/wire';
import { HostProvider, IHost } from '../host';

export const money = (amount: string): IMoney => ({ amount, unit: 'CNY' });

export const page = <T,>(...items: T[]): IPage<T> => ({ items, next_cursor: null, count: null });

export function aJob(part: Partial<IJob> = {}): IJob {
  return {
    id: 'job-01',
    name: 'bert-7',
    owner: 'ada',
    submitted_by: 'ada',
    state: 'running',
    reason: { code: 'running', params: {}, text: '' },
    spec: { run: 'python train.py', replicas: 1, on_stop: { signal: 'SIGTERM', grace: '30s' } },
    profile: 'sim-gpu',
    profile_label: 'Simulated GPU',
    simulated: true,
    units: 2,
    backend: 'local',
    attempt: 1,
    submitted_at: '2026-11-24T08:00:00Z',
    started_at: '2026-11-24T08:00:05Z',
    finished_at: null,
    deadline_at: null,
    waited_seconds: 5,
    ran_seconds: null,
    queue_position: null,
    per_hour: money('4.00'),
    held: money('4.00'),
    charged: money('0.50'),
    charged_at: null,
    replicas: [],
    progress: null,
    latest: {},
    inputs: [],
    capture: null,
    origin: null,
    model: null,
    can_stop: true,
    can_extend: true,
    revision: 1,
    href: '',
    ...part
  };
}

export function aPlan(part: Partial<IPlan> = {}): IPlan {
  return {
    id: 'plan-01',
    name: 'bert-7',
    owner: 'ada',
    spec: { run: 'python -m hubkin.cell .hubkin/cell.py', replicas: 1 },
    profile: 'sim-gpu',
    profile_label: 'Simulated GPU',
    simulated: true,
    units: 1,
    replicas: 1,
    processes: 1,
    quote: {
      per_hour: money('2.00'),
      hold: money('2.00'),
      cap: null,
      balance: money('100.00'),
      lasts_seconds: 180000,
      free: false
    },
    waits_for: [],
    warnings: [],
    confirm: true,
    expires_at: '2999-01-01T00:00:00Z',
    inputs: [],
    capture: null,
    origin: null,
    job_id: null,
    live_job_id: null,
    ...part
  };
}

export const ada: IMe = {
  name: 'ada',
  user_id: 'user-01',
  language: 'en',
  spaces: [{ owner: 'ada', label: 'ada', role: 'lead' }],
  scopes: [],
  admin: false,
  unit: 'CNY',
  trust_note: null
};

export const usage: IUsage = {
  account: 'account-01',
  owner: 'ada',
  balance: money('100.00'),
  held: money('4.00'),
  available: money('96.00'),
  spent_this_month: money('12.00'),
  per_hour: money('4.00'),
  lasts_seconds: 90000,
  entries: []
};

/** A platform in memory: answers by `METHOD /path`, and keeps what it was asked. */
export class Platform {
  readonly asked: { method: string; path: string; body: unknown; key: string | null }[] = [];
  sink: ILiveSink | null = null;
  isAway = false;
  readonly answers: Record<string, unknown> = { 'GET /me': ada, 'GET /usage': usage, 'GET /jobs': page() };

  readonly send: Transport = async (path, init) => {
    const method = init.method ?? 'GET';
    const bare = path.split('?')[0] ?? path;
    const headers = init.headers as Record<string, string>;
    this.asked.push({
      method,
      path,
      body: init.body === undefined ? undefined : JSON.parse(String(init.body)),
      key: headers['Idempotency-Key'] ?? null
    });
    if (this.isAway) {
      throw new TypeError('Failed to fetch');
    }
    const answer = this.answers[`${method} ${bare}`];
    return answer === undefined
      ? new Response('{}', { status: 404 })
      : answer instanceof Response
        ? answer.clone()
        : new Response(JSON.stringify(answer), { status: 200 });
  };

  model(): Model {
    const live = { start: (sink: ILiveSink) => void (this.sink = sink), stop: () => undefined };
    const model = new Model(new Client(this.send, 'en'), live);
    model.start();
    return model;
  }

  /** How often something was asked for. */
  count(method: string, prefix: string): number {
    return this.asked.filter(request => request.method === method && request.path.startsWith(prefix)).length;
  }
}

/** Draw a view as it stands in a platform. */
export function show(platform: Platform, view: JSX.Element, part: Partial<IHost> = {}): RenderResult {
  const trans = part.trans ?? translatorOf('en');
  const host: IHost = {
    model: platform.model(),
    trans,
    format: new Format(trans),
    jobHref: () => null,
    openJob: () => undefined,
    save: () => undefined,
    ...part
  };
  return render(<HostProvider host={host}>{view}</HostProvider>);
}
