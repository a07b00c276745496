import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import { expect, test } from 'vitest';
import { translatorOf } from '../../core/i18n';
import { aJob, Platform, show } from '../../ui/__tests__/builders';
import { JobView } from '../view';

const withJob = (part = {}): Platform => {
  const platform = new Platform();
  platform.answers['GET /jobs/job-01'] = aJob(part);
  platform.answers['GET /jobs/job-01/logs'] = { lines: [], cursor: 'c', complete: false, gaps: [] };
  platform.answers['GET /jobs/job-01/metrics'] = { series: [] };
  return platform;
};

test('a job that waits says why, until when and what else could be done', async () => {
  const platform = withJob({ state: 'queued', started_at: null });
  platform.answers['GET /jobs/job-01/explanation'] = {
    job_id: 'job-01',
    state: 'queued',
    reasons: [{ code: 'no_free_gpu', params: {}, text: '2 units are needed, 1 is free.' }],
    summary: 'bert-7 is waiting for 2 units.',
    position: 1,
    ahead: [],
    waits_for_jobs: [],
    eta: "Can't tell: bert-2 has no time limit.",
    eta_earliest_at: null,
    eta_latest_at: null,
    alternatives: [{ text: 'With 1 unit it could start now.', patch: { resources: { gpu: 'sim-gpu:1' } } }],
    notes: [],
    as_of: ''
  };
  show(platform, <JobView id="job-01" />);

  for (const text of [
    'bert-7 is waiting for 2 units.',
    '2 units are needed, 1 is free.',
    'first in line',
    "Can't tell: bert-2 has no time limit.",
    'With 1 unit it could start now.'
  ]) {
    expect(await screen.findByText(text)).toBeTruthy();
  }
});

test('news of the stream change the picture, and the state is said to screen readers', async () => {
  const platform = withJob();
  show(platform, <JobView id="job-01" />);
  await screen.findByText('Running');

  act(() =>
    platform.sink?.events([
      { seq: 1, topic: 'job', subject: 'job-01', data: { ...aJob({ state: 'stopping', revision: 2 }) } }
    ])
  );

  await waitFor(() => expect(screen.getByText('bert-7: Stopping').getAttribute('aria-live')).toBe('polite'));
});

test("an admin reads anybody's job through the admin's routes, and can only stop it with a reason", async () => {
  const platform = new Platform();
  platform.answers['GET /admin/jobs/job-01'] = aJob({ owner: 'bob' });
  platform.answers['GET /admin/jobs/job-01/logs'] = { lines: [], cursor: 'c', complete: false, gaps: [] };
  platform.answers['GET /admin/jobs/job-01/metrics'] = { series: [] };
  show(platform, <JobView id="job-01" scope="everyone" />, { model: platform.model().asAdmin() });

  expect(await screen.findByText(/A job of bob\. It is written down/)).toBeTruthy();
  await waitFor(() => expect(platform.count('GET', '/admin/jobs/job-01/')).toBeGreaterThan(0));
  const buttons = screen.getAllByRole('button').map(button => button.textContent);
  expect(buttons.filter(text => /Stop|Extend|Submit|Resume/.test(text ?? ''))).toEqual(['Stop…']);
  expect(platform.count('GET', '/jobs/')).toBe(0);
});

test('who cannot resume for want of money reads whom to ask', async () => {
  const platform = withJob({ state: 'suspended' });
  const actions = [
    { label: 'Ask an admin to top your account up by ¥1.50', patch: null, href: null, code: 'x' }
  ];
  platform.answers['POST /jobs/job-01/restart'] = new Response(
    JSON.stringify({ title: 'Not enough balance', detail: 'This needs ¥2.00.', status: 402, actions }),
    { status: 402, headers: { 'Content-Type': 'application/problem+json' } }
  );
  show(platform, <JobView id="job-01" />);
  await userEvent.click(await screen.findByRole('button', { name: 'Resume' }));

  await userEvent.click(screen.getAllByRole('button', { name: 'Resume' }).pop() as HTMLElement);

  expect(await screen.findByText('Ask an admin to top your account up by ¥1.50')).toBeTruthy();
});

test('a job that has started can be stopped now or after a checkpoint', async () => {
  const platform = withJob();
  platform.answers['POST /jobs/job-01/stop'] = aJob({ state: 'stopping', revision: 2 });
  show(platform, <JobView id="job-01" />);

  await userEvent.click(await screen.findByRole('button', { name: 'Stop after checkpoint' }));
  await userEvent.click(
    screen.getAllByRole('button', { name: 'Stop after checkpoint' }).slice(-1)[0] as Element
  );

  await waitFor(() =>
    expect(platform.asked.find(each => each.method === 'POST')?.body).toEqual({ mode: 'checkpoint' })
  );
});

test('a reader without the right to stop has no button to do so', async () => {
  show(withJob({ can_stop: false, can_extend: false }), <JobView id="job-01" />);
  await screen.findByText('Running');

  expect(screen.queryByRole('button', { name: /Stop/ })).toBeNull();
});

test('a failed job opens with the exception and the line that raised it', async () => {
  const platform = withJob({ state: 'failed', finished_at: '2026-11-24T08:10:00Z', ran_seconds: 600 });
  platform.answers['GET /jobs/job-01/result'] = {
    kind: 'error',
    value: null,
    path: null,
    type: null,
    error: {
      rank: 0,
      type: 'ValueError',
      message: 'bad shape',
      traceback: 'Traceback …',
      frames: [{ file: 'In[9]', line: 12, function: 'main', text: 'x.view(2)' }]
    }
  };
  show(platform, <JobView id="job-01" />);

  expect(await screen.findByText('ValueError: bad shape')).toBeTruthy();
  expect(screen.getByText('x.view(2)')).toBeTruthy();
});

test('what a job left and nobody kept is told with its files', async () => {
  const platform = withJob({ state: 'succeeded', finished_at: '2026-11-24T08:10:00Z', ran_seconds: 600 });
  const text = 'Not kept (7): leak-0, leak-1, leak-2, …. These links lead out of the output folder.';
  platform.answers['GET /jobs/job-01/files'] = { items: [], next_cursor: null, count: null };
  platform.answers['GET /jobs/job-01/explanation'] = {
    reasons: [],
    notes: [{ code: 'not_kept_link_leads_out', params: {}, text }]
  };
  show(platform, <JobView id="job-01" />);

  await userEvent.click(await screen.findByRole('tab', { name: 'Files' }));

  expect(await screen.findByText(text)).toBeTruthy();
  expect(screen.getByText('No files were kept.')).toBeTruthy();
});

const NOTE = '`rows.csv` (line 3) exists here but does not travel with the job. Add --with rows.csv.';

test('the card of a job says what its cell should have taken along', async () => {
  show(withJob({ capture: { notes: [NOTE] } }), <JobView id="job-01" compact />);

  expect(await screen.findByText(NOTE)).toBeTruthy();
});

test('the cost so far says until when it counts', async () => {
  const charged_at = new Date(Date.now() - 20_000).toISOString();
  show(withJob({ charged_at }), <JobView id="job-01" />);

  expect((await screen.findByText(/^as of/)).textContent).toMatch(/as of (19|20|21) sec\. ago/);
});

test('the same job speaks Chinese', async () => {
  show(withJob(), <JobView id="job-01" />, { trans: translatorOf('zh-CN') });

  expect(await screen.findByText('运行中')).toBeTruthy();
  expect(screen.getByRole('button', { name: '立即停止' })).toBeTruthy();
});
