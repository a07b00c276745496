import { expect, test } from 'vitest';
import { collapse, cut, find, firstError, LogBuffer, MOST_CHARACTERS } from '../logbuffer';

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

test.each([
  ['cleared\x1b[2J\x1b[H \x1b]0;title\x07\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\', 'cleared link'],
  ['a\0b\x07c\x08d\x7fe\x9b31mf', 'a\ufffdb\ufffdc\ufffdd\ufffdef'],
  ['rtl \u202egnp.exe\u2069', 'rtl \ufffdgnp.exe\ufffd'],
  ['tab\there \x1b[31mred\x1b[0m \x1b[?25l', 'tab\there \x1b[31mred\x1b[0m '],
  ['lone \x1b end', 'lone \ufffd end']
])('what could disturb the screen does not reach it: %j', (printed, shown) => {
  const buffer = new LogBuffer();

  buffer.append([line(printed)]);

  expect(texts(buffer)).toEqual([shown]);
});

test('a word is found although half of it has another colour', () => {
  const buffer = new LogBuffer();
  buffer.append([line('val\x1b[31midation\x1b[0m done')]);

  expect(find(buffer.lines, 'validation')).toEqual([0]);
});

test('of a line without an end the start is drawn, and the rest is counted', () => {
  const { shown, left } = cut(`\x1b[31m${'A'.repeat(MOST_CHARACTERS + 7)}`);

  expect(shown).toBe('A'.repeat(MOST_CHARACTERS));
  expect(left).toBe(7);
});
