import { expect, test } from 'vitest';
import { ISeries } from '../../core/wire';
import { chartsOf, smooth, lonely } from '../series';

const series = (part: Partial<ISeries>): ISeries => ({
  name: 'loss',
  replica: 0,
  steps: [1, 2],
  values: [2, 1],
  at: [],
  total_points: 2,
  first: null,
  last: null,
  ...part
});

test('replicas of one name share a chart and its steps', () => {
  const [chart] = chartsOf([series({}), series({ replica: 1, steps: [2, 3], values: [5, 6] })]);

  expect(chart?.steps).toEqual([1, 2, 3]);
  expect(chart?.columns.map(column => column.values)).toEqual([
    [2, 1, null],
    [null, 5, 6]
  ]);
});

test('the sentence speaks of the first replica, from its first to its last value', () => {
  const [chart] = chartsOf([series({ first: 2.3, last: 0.4 })]);

  expect([chart?.first, chart?.last]).toEqual([2.3, 0.4]);
});

test('charts are in the order of their names', () => {
  expect(chartsOf([series({ name: 'loss' }), series({ name: 'acc' })]).map(chart => chart.name)).toEqual([
    'acc',
    'loss'
  ]);
});

test('smoothing keeps gaps and ignores what is no number', () => {
  expect(smooth([1, null, Number.NaN, 3], 0.5)).toEqual([1, null, Number.NaN, 2]);
});

test('a point without a neighbour is drawn as a dot', () => {
  expect(lonely([0.3], false)).toEqual([0]);
  expect(lonely([1, 2, null, 3, null, 4, 5], false)).toEqual([3]);
  expect(lonely([null, 2, null], true)).toEqual([1]);
  expect(lonely([1, null, 3], true)).toEqual([]);
});
