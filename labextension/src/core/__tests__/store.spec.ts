import { expect, test } from 'vitest';
import { aJob, usage } from '../../ui/__tests__/builders';
import { Store } from '../store';
import { IEvent } from '../wire';

const event = (topic: string, data: object): IEvent => ({
  seq: 1,
  topic,
  subject: '',
  data: data as Record<string, unknown>
});

test('an older row never replaces a newer one', () => {
  const store = new Store();

  store.putJobs([aJob({ revision: 5, state: 'succeeded' })]);
  store.apply([event('job', aJob({ revision: 4, state: 'running' }))]);

  expect(store.current().jobs.get('job-01')?.state).toBe('succeeded');
});

test('a batch of news is one change on the screen', () => {
  const store = new Store();
  let changes = 0;
  store.subscribe(() => (changes += 1));

  store.apply([
    event('job', aJob()),
    event('job', aJob({ id: 'job-02' })),
    event('progress', {
      job_id: 'job-01',
      progress: { done: 1, total: 2, unit: 'it' },
      latest: { loss: 0.5 }
    })
  ]);

  expect(changes).toBe(1);
  expect(store.current().jobs.get('job-01')?.latest).toEqual({ loss: 0.5 });
});

test('progress of an unknown job is left alone', () => {
  const store = new Store();

  store.apply([event('progress', { job_id: 'job-99', progress: null, latest: {} })]);

  expect(store.current().jobs.size).toBe(0);
});

test('the account of somebody else does not replace mine', () => {
  const store = new Store();
  store.putUsage(usage);

  store.apply([event('usage', { ...usage, account: 'account-02', owner: 'bob' })]);

  expect(store.current().usage?.owner).toBe('ada');
});

test('whoever listens hears what a job was before', () => {
  const store = new Store();
  const heard: (string | undefined)[] = [];
  store.onJob((job, before) => heard.push(before?.state, job.state));
  store.putJobs([aJob({ state: 'queued' })]);

  store.apply([event('job', aJob({ revision: 2, state: 'running' }))]);

  expect(heard).toEqual(['queued', 'running']);
});

test('a new epoch begins only when something may have been missed', () => {
  const store = new Store();

  store.goOffline(1);
  store.goOnline(false);
  const resumed = store.current().connection.epoch;
  store.goOnline(true);

  expect(resumed).toBe(0);
  expect(store.current().connection).toMatchObject({ online: true, since: null, epoch: 1 });
});
