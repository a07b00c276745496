import { expect, test } from 'vitest';
import { aJob } from '../../ui/__tests__/builders';
import { noticeOf, shorten } from '../notice';

test('a failure of my own job is told, that of others is not', () => {
  const before = aJob();

  expect(noticeOf(aJob({ state: 'failed' }), before, 'ada')).toBe('failed');
  expect(noticeOf(aJob({ state: 'failed' }), before, 'bob')).toBeNull();
});

test('a start is told only after a wait worth waiting for', () => {
  const before = aJob({ state: 'queued' });

  expect(noticeOf(aJob({ waited_seconds: 1500 }), before, 'ada')).toBe('started');
  expect(noticeOf(aJob({ waited_seconds: 3 }), before, 'ada')).toBeNull();
});

test('what was so before is no news', () => {
  expect(noticeOf(aJob({ state: 'failed' }), aJob({ state: 'failed' }), 'ada')).toBeNull();
  expect(noticeOf(aJob({ state: 'failed' }), undefined, 'ada')).toBeNull();
});

test('a notification has at most 140 characters', () => {
  expect([...shorten('很'.repeat(300))].length).toBe(140);
});
