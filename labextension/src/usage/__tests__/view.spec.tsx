import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import * as React from 'react';
import { expect, test } from 'vitest';
import { ada, money, Platform, show, usage } from '../../ui/__tests__/builders';
import { UsageView } from '../view';

test('who is in no group is not asked whose account', async () => {
  show(new Platform(), <UsageView />);

  expect(await screen.findByText('¥96.00')).toBeTruthy();
  expect(screen.queryByLabelText('Whose account')).toBeNull();
});

test("a group's account is one choice away, and so is the way back", async () => {
  const platform = new Platform();
  const spaces = [...ada.spaces, { owner: 'vision-lab', label: 'vision-lab', role: 'lead' }];
  platform.answers['GET /me'] = { ...ada, spaces };
  show(platform, <UsageView />);
  expect(await screen.findByText('¥96.00')).toBeTruthy();
  platform.answers['GET /usage'] = { ...usage, owner: 'vision-lab', available: money('480.00') };

  await userEvent.selectOptions(await screen.findByLabelText('Whose account'), 'vision-lab');

  expect(await screen.findByText('¥480.00')).toBeTruthy();
  expect(platform.asked.at(-1)?.path).toContain('owner=vision-lab');
  platform.answers['GET /usage'] = usage;
  await userEvent.selectOptions(screen.getByLabelText('Whose account'), 'ada');
  expect(await screen.findByText('¥96.00')).toBeTruthy();
});
