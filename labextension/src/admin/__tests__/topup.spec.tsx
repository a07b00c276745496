import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import { expect, test } from 'vitest';
import { money, Platform, show } from '../../ui/__tests__/builders';
import { TopupDialog } from '../topup';

const account = {
  id: 'account-01',
  owner: 'ada',
  kind: 'user',
  balance: money('-0.30'),
  held: money('0.00'),
  spent_this_month: money('0.00'),
  running: 0
};

const open = (platform: Platform, onClose = (): void => undefined): void => {
  show(platform, <TopupDialog account={account} onDone={() => undefined} onClose={onClose} />);
};

test('the balance after is shown before anything is booked', async () => {
  const platform = new Platform();
  open(platform);

  await userEvent.type(screen.getByLabelText('Amount in CNY'), '100');

  expect(screen.getByText('¥99.70')).toBeTruthy();
  expect(platform.count('POST', '/topups')).toBe(0);
});

test('nothing is booked without a note', async () => {
  const platform = new Platform();
  open(platform);

  await userEvent.type(screen.getByLabelText('Amount in CNY'), '100{Enter}');

  expect(platform.count('POST', '/topups')).toBe(0);
});

test('the amount and the note are booked once, with a key', async () => {
  const platform = new Platform();
  platform.answers['POST /topups'] = {};
  let isClosed = false;
  open(platform, () => (isClosed = true));
  await userEvent.type(screen.getByLabelText('Amount in CNY'), '12.5');
  await userEvent.type(screen.getByLabelText(/Note/), 'transfer 7');

  await userEvent.dblClick(screen.getByRole('button', { name: 'Top up by ¥12.50' }));

  await waitFor(() => expect(isClosed).toBe(true));
  const posts = platform.asked.filter(each => each.method === 'POST');
  expect(posts.map(each => each.body)).toEqual([{ owner: 'ada', amount: '12.50', note: 'transfer 7' }]);
  expect(posts[0]?.key).toMatch(/^"[0-9a-f]{32}"$/);
});
