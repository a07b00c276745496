import { expect, test } from 'vitest';
import { IEntry } from '../../core/wire';
import { money } from '../../ui/__tests__/builders';
import { linesOf } from '../lines';

const entry = (id: string, amount: string, part: Partial<IEntry> = {}): IEntry => ({
  id,
  at: '2026-11-24T08:00:00Z',
  amount: money(amount),
  balance_before: null,
  balance_after: money('1.00'),
  kind: 'usage',
  note: '',
  by: 'the platform',
  job_id: 'job-01',
  job_name: 'bert-1',
  server_id: null,
  quantity: null,
  ...part
});

test('neighbouring lines of one job are one line with their exact sum', () => {
  const lines = linesOf([entry('3', '-0.000177'), entry('2', '-0.002783'), entry('1', '-0.10')]);

  expect(lines.map(line => [line.entry.id, line.count, line.amount])).toEqual([['3', 3, '-0.10296']]);
});

test('what lies between two lines of a job keeps them apart', () => {
  const lines = linesOf([
    entry('3', '-1.00'),
    entry('2', '5.00', { kind: 'topup', job_id: null }),
    entry('1', '-1.00')
  ]);

  expect(lines.map(line => line.count)).toEqual([1, 1, 1]);
});

test('top-ups are never joined', () => {
  const topup = { kind: 'topup', job_id: null };

  expect(linesOf([entry('2', '5.00', topup), entry('1', '5.00', topup)]).length).toBe(2);
});
