import { expect, test } from 'vitest';
import { collapse, find, firstError, LogBuffer } from '../logbuffer';

const line = (text: string, replica = 0) => ({ replica, at: '2026-11-24T08:00:00Z', text });
const texts = (buffer: LogBuffer): string[] => buffer.lines.map(each => each.text);

test('a progress bar that rewrites itself is one line', () => {
  expect(collapse('  1%|   \r 50%|██ \r100%|████')).toBe('100%|████');
});

test('a shorter rewrite leaves the rest of the line, as in a terminal', () => {
  expect(collapse('abcdef\rxy')).toBe('xycdef');
});

test('a bar that goes on in the next piece stays one line', () => {
  const buffer = new LogBuffer();

  buffer.append([line('\r10%')]);
  buffer.append([line('\r20%'), line('\r30%')]);

  expect(texts(buffer)).toEqual(['30%']);
});

test('bars of two replicas do not rewrite each other', () => {
  const buffer = new LogBuffer();

  buffer.append([line('\r10%', 0), line('\r11%', 1), line('\r20%', 0)]);

  expect(texts(buffer)).toEqual(['20%', '11%']);
});

test('a line after a bar is a line of its own', () => {
  const buffer = new LogBuffer();

  buffer.append([line('\r100%'), line('done'), line('\r5%')]);

  expect(texts(buffer)).toEqual(['100%', 'done', '5%']);
});

test('search ignores case and finds every line', () => {
  const buffer = new LogBuffer();
  buffer.append([line('Loss 1'), line('ok'), line('loss 2')]);

  expect(find(buffer.lines, 'LOSS')).toEqual([0, 2]);
  expect(find(buffer.lines, '')).toEqual([]);
});

test('the first line that looks like an error is found', () => {
  const buffer = new LogBuffer();
  buffer.append([
    line('terrors of the deep'),
    line('no_error_here'),
    line('0 errors'),
    line('CUDA out of memory')
  ]);

  expect(firstError(buffer.lines)).toBe(3);
});
