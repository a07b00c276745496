import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import { expect, test } from 'vitest';
import { aJob, page, Platform, show } from '../../ui/__tests__/builders';
import { JobsView } from '../list';

const two = (): Platform => {
  const platform = new Platform();
  platform.answers['GET /jobs'] = page(
    aJob({ id: 'job-01', name: 'bert', submitted_at: '2026-11-24T08:00:00Z' }),
    aJob({ id: 'job-02', name: 'vit', state: 'failed', submitted_at: '2026-11-24T09:00:00Z' })
  );
  platform.answers['POST /jobs/job-01/stop'] = aJob({ state: 'stopping', revision: 2 });
  return platform;
};
const names = (): (string | null)[] =>
  screen.getAllByRole('listitem').map(row => row.querySelector('button')?.title ?? null);

test('the newest job is first', async () => {
  show(two(), <JobsView scope="mine" />);
  await screen.findByText('bert');

  expect(names()).toEqual(['vit', 'bert']);
});

test('without jobs the list says how to make one', async () => {
  show(new Platform(), <JobsView scope="mine" />);

  expect(await screen.findByText('%%train --gpu 1')).toBeTruthy();
});

test('a job that appears on the stream appears in the list without a fetch', async () => {
  const platform = two();
  show(platform, <JobsView scope="mine" />);
  await screen.findByText('bert');
  const before = platform.asked.length;

  act(() =>
    platform.sink?.events([
      {
        seq: 1,
        topic: 'job',
        subject: 'job-03',
        data: { ...aJob({ id: 'job-03', name: 'new', submitted_at: '2026-11-24T10:00:00Z' }) }
      }
    ])
  );

  expect(names()).toEqual(['new', 'vit', 'bert']);
  expect(platform.asked.length).toBe(before);
});

test("somebody else's job on an admin's stream is not among mine", async () => {
  const platform = two();
  show(platform, <JobsView scope="mine" />);
  await screen.findByText('bert');

  act(() =>
    platform.sink?.events([
      {
        seq: 1,
        topic: 'job',
        subject: 'job-03',
        data: { ...aJob({ id: 'job-03', name: 'his', owner: 'bob' }) }
      }
    ])
  );

  expect(screen.queryByText('his')).toBeNull();
});

test('the slash key goes to the filter and the arrows walk the rows', async () => {
  show(two(), <JobsView scope="mine" />);
  const first = await screen.findByTitle('vit');

  first.focus();
  fireEvent.keyDown(first, { key: 'ArrowDown' });
  const second = document.activeElement;
  fireEvent.keyDown(second as Element, { key: '/' });

  expect(second).toBe(screen.getByTitle('bert'));
  expect(document.activeElement).toBe(screen.getByRole('searchbox'));
});

test('only one row is a tab stop', async () => {
  show(two(), <JobsView scope="mine" />);
  await screen.findByText('bert');

  const stops = document.querySelectorAll('.hubkin-JobRow-open[tabindex="0"]');
  expect(stops.length).toBe(1);
});

test('Delete asks first, with the focus on Cancel, and Enter there stops nothing', async () => {
  const platform = two();
  show(platform, <JobsView scope="mine" />);
  const row = await screen.findByTitle('bert');
  row.focus();

  fireEvent.keyDown(row, { key: 'Delete' });
  const focused = document.activeElement;
  await userEvent.keyboard('{Enter}');

  expect(focused?.textContent).toBe('Cancel');
  expect(platform.count('POST', '/jobs/job-01/stop')).toBe(0);
});

test('the button that stops is named by its verb and stops', async () => {
  const platform = two();
  show(platform, <JobsView scope="mine" />);
  const row = await screen.findByTitle('bert');
  row.focus();
  fireEvent.keyDown(row, { key: 'Delete' });

  await userEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Stop job' }));

  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(screen.getByText('Stopping')).toBeTruthy();
});

test('the filter asks the platform and hides the rest', async () => {
  const platform = two();
  show(platform, <JobsView scope="mine" />);
  await screen.findByText('bert');

  await userEvent.selectOptions(screen.getByRole('combobox'), 'failed');

  await waitFor(() => expect(platform.asked.some(each => each.path.includes('state=failed'))).toBe(true));
  expect(screen.queryByText('bert')).toBeNull();
});

test('a filter in the middle of Chinese input waits for its end', async () => {
  const platform = two();
  show(platform, <JobsView scope="mine" />);
  const box = await screen.findByRole('searchbox');

  fireEvent.compositionStart(box);
  fireEvent.change(box, { target: { value: 'fen lei' } });
  await new Promise(done => setTimeout(done, 300));
  const during = platform.asked.some(each => each.path.includes('q='));
  fireEvent.change(box, { target: { value: '分类' } });
  fireEvent.compositionEnd(box);

  await waitFor(() => expect(platform.asked.some(each => each.path.includes('q='))).toBe(true));
  expect(during).toBe(false);
});

test('without the platform the last good rows stay, and the list says since when', async () => {
  const platform = two();
  show(platform, <JobsView scope="mine" />);
  await screen.findByText('bert');

  act(() => platform.sink?.down());

  expect(screen.getByText(/Can't reach the platform since/)).toBeTruthy();
  expect(screen.getByText('bert')).toBeTruthy();
});
