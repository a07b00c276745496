import { expect, test } from 'vitest';
import cases from '../../../../tests/support/money.json';
import { Format } from '../format';
import { translatorOf } from '../i18n';

const en = new Format(translatorOf('en'));
const zh = new Format(translatorOf('zh_CN'));
const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, ' ');

test.each(cases as [string, string, string][])('%s %s is shown as %s', (amount, unit, shown) => {
  expect(en.money({ amount, unit })).toBe(shown);
  expect(zh.money({ amount, unit })).toBe(shown);
});

test('durations show their two largest units', () => {
  expect(plain(en.duration(2 * 3600 + 13 * 60 + 5))).toBe('2 hr 13 min');
  expect(zh.duration(2 * 3600 + 13 * 60)).toBe('2 小时 13 分钟');
  expect(plain(en.duration(0))).toBe('0 sec');
});

test('sizes are decimal, as disks count', () => {
  expect(plain(en.bytes(1_200_000))).toBe('1.2 MB');
  expect(plain(en.bytes(0))).toBe('0 B');
});

test('times of the last week are relative and older ones are dates', () => {
  const now = Date.parse('2026-11-24T08:00:00Z');

  expect(zh.relative('2026-11-24T07:55:00Z', now)).toBe('5 分钟前');
  expect(en.relative('2026-11-10T08:00:00Z', now)).toContain('Nov 10, 2026');
});

test('a tiny value is a power of ten, not zero', () => {
  expect(en.measure(0.00031)).toBe('3.1e-4');
  expect(en.measure(Number.NaN)).toBe('NaN');
});

test('a moment ago is neither "now" nor to come', () => {
  const now = Date.parse('2026-11-24T08:00:00Z');

  expect(en.relative('2026-11-24T08:00:00Z', now)).toBe('just now');
  expect(zh.relative('2026-11-24T08:00:00Z', now)).toBe('刚刚');
  expect(en.relative('2026-11-24T07:59:44Z', now)).toBe('16 sec. ago');
});
