import { fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import { expect, test } from 'vitest';
import { IPlan, IPlanRequest } from '../../core/wire';
import { ada, aJob, aPlan, Platform, show } from '../../ui/__tests__/builders';
import { PlanFacts, PlanView } from '../view';

const withPlan = (part = {}): Platform => {
  const platform = new Platform();
  platform.answers['GET /plans/plan-01'] = aPlan(part);
  platform.answers['POST /jobs'] = aJob({ id: 'job-09', state: 'queued', started_at: null });
  return platform;
};

test('a double click on Submit makes one job', async () => {
  const platform = withPlan();
  show(platform, <PlanView id="plan-01" />);
  const button = await screen.findByRole('button', { name: 'Submit' });

  fireEvent.click(button);
  fireEvent.click(button);

  await screen.findByText('Queued');
  expect(platform.count('POST', '/jobs')).toBe(1);
  expect(platform.asked.find(each => each.method === 'POST')?.key).toBe('"plan-plan-01"');
});

test('a cell that runs already is run again, or instead', async () => {
  const platform = withPlan({ live_job_id: 'job-01' });
  platform.answers['POST /jobs/job-01/stop'] = aJob({ state: 'stopping' });
  show(platform, <PlanView id="plan-01" />);

  expect(await screen.findByRole('button', { name: 'Run again' })).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: 'Stop it and run' }));

  await screen.findByText('Queued');
  const posts = platform.asked.filter(request => request.method === 'POST');
  expect(posts.map(request => request.path)).toEqual(['/jobs/job-01/stop', '/jobs']);
});

test("somebody else's plan cannot be submitted", async () => {
  const platform = withPlan({ owner: 'bob' });
  show(platform, <PlanView id="plan-01" />);

  expect(await screen.findByText('Only bob can submit this plan.')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Submit' })).toBeNull();
});

test('a plan of one of my groups is mine', async () => {
  const platform = withPlan({ owner: 'vision-lab' });
  platform.answers['GET /me'] = {
    ...ada,
    spaces: [...ada.spaces, { owner: 'vision-lab', label: 'vision-lab', role: 'member' }]
  };
  show(platform, <PlanView id="plan-01" />);

  expect(await screen.findByRole('button', { name: 'Submit' })).toBeTruthy();
});

test('a plan that the platform no longer has is shown from the notebook, without Submit', async () => {
  const platform = new Platform();
  show(platform, <PlanView id="plan-01" snapshot={aPlan()} />);

  expect(await screen.findByText(/This plan has expired or is not yours/)).toBeTruthy();
  expect(screen.getByText('bert-7')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Submit' })).toBeNull();
});

test('a refusal shows its reason and its ways out', async () => {
  const platform = withPlan();
  const problem = {
    type: '',
    title: 'Balance is low',
    status: 402,
    detail: 'The first hour costs ¥384.00 and ada has ¥212.40.',
    code: 'balance_low',
    params: {},
    instance: null,
    request_id: 'req-7',
    errors: [],
    actions: [{ label: 'Cap it at ¥200', patch: { limits: { cost: '200' } }, href: null, code: null }]
  };
  platform.answers['POST /jobs'] = new Response(JSON.stringify(problem), {
    status: 402,
    headers: { 'Content-Type': 'application/problem+json' }
  });
  platform.answers['POST /plans'] = aPlan({ id: 'plan-02' });
  platform.answers['GET /plans/plan-02'] = aPlan({ id: 'plan-02', name: 'cheaper' });
  platform.answers['GET /plans/plan-01'] = aPlan({ origin: { kind: 'cell', notebook: 'bert.ipynb' } });
  show(platform, <PlanView id="plan-01" />);
  await userEvent.click(await screen.findByRole('button', { name: 'Submit' }));

  await userEvent.click(await screen.findByRole('button', { name: 'Cap it at ¥200' }));

  expect(await screen.findByText('cheaper')).toBeTruthy();
  const asked = platform.asked.find(each => each.path === '/plans')?.body as IPlanRequest;
  expect(asked.spec.limits).toEqual({ cost: '200' });
  expect(asked.origin).toEqual({ kind: 'cell', notebook: 'bert.ipynb' });
});

test('what the cell brings along is listed with the input it comes from', async () => {
  const names = [{ name: 'Net', kind: 'class', source: 'In[3]', size_bytes: null }];
  show(withPlan({ capture: { names } }), <PlanView id="plan-01" />);

  await waitFor(() => expect(screen.getByText('In[3]')).toBeTruthy());
  expect(screen.getByText('Net')).toBeTruthy();
});

test('what the job reads is listed: the name in the code, and the version that it means', async () => {
  const digits = { kind: 'dataset', name: 'digits', reference: 'ada/digits@v1', version_id: 'version-01' };
  show(withPlan({ inputs: [{ ...digits, files: 1797, bytes: 40_000_000 }] }), <PlanView id="plan-01" />);

  const row = (await screen.findByText('ada/digits@v1')).closest('tr');
  expect(row?.textContent).toContain('digits dataset');
  expect(row?.textContent).toContain('1,797');
  expect(row?.textContent).toContain('40 MB');
});

test('a card of before datasets is shown all the same', async () => {
  const old: Partial<IPlan> = aPlan();
  delete old.inputs;
  show(new Platform(), <PlanView id="plan-01" snapshot={old as IPlan} />);

  expect(await screen.findByText('bert-7')).toBeTruthy();
});

test('a link that somebody put into a notebook is no script', async () => {
  const actions = [
    { label: 'Save 90 %', href: 'javascript:alert(1)', patch: null, code: null },
    { label: 'Top up', href: '/services/hubkin/usage', patch: null, code: null }
  ];
  const plan = aPlan({ warnings: [{ code: 'x', text: 'Look here', actions }] });
  show(new Platform(), <PlanFacts plan={plan} />);

  expect((await screen.findByText('Save 90 %')).tagName).toBe('LI');
  expect(screen.getByText('Top up').tagName).toBe('A');
});
