/** What the curves show, worked out of the platform's series: pure, so that it is tested without a canvas. */
import { ISeries } from '../core/wire';

/** The curves of one name, all replicas on one axis of steps. `null` in a column is a gap. */
export interface IChart {
  readonly name: string;
  readonly steps: number[];
  readonly columns: { readonly label: string; readonly values: (number | null)[] }[];
  readonly first: number | null;
  readonly last: number | null;
  readonly totalPoints: number;
}

/** One chart a name, in order of names. */
export function chartsOf(series: readonly ISeries[]): IChart[] {
  const byName = new Map<string, ISeries[]>();
  for (const one of series) {
    byName.set(one.name, [...(byName.get(one.name) ?? []), one]);
  }
  return [...byName.entries()]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, all]) => chart(name, all));
}

function chart(name: string, all: readonly ISeries[]): IChart {
  const steps = [...new Set(all.flatMap(one => one.steps))].sort((one, other) => one - other);
  const columns = all.map(one => {
    const at = new Map(one.steps.map((step, index) => [step, one.values[index] as number]));
    return {
      label: all.length > 1 ? String(one.replica) : name,
      values: steps.map(step => at.get(step) ?? null)
    };
  });
  const main = all[0];
  return {
    name,
    steps,
    columns,
    first: main?.first ?? main?.values[0] ?? null,
    last: main?.last ?? main?.values[main.values.length - 1] ?? null,
    totalPoints: all.reduce((sum, one) => sum + one.total_points, 0)
  };
}

/** Where a line would not be seen, for the point has no neighbour to be joined to; `spans` joins over gaps. */
export function lonely(values: ArrayLike<number | null | undefined>, spans: boolean): number[] {
  const isThere = (index: number): boolean => typeof values[index] === 'number';
  const found = Array.from(values, (_, index) => index).filter(isThere);
  if (spans) {
    return found.length === 1 ? found : [];
  }
  return found.filter(index => !isThere(index - 1) && !isThere(index + 1));
}

/** Exponential smoothing; `weight` 0 changes nothing, towards 1 it flattens. Gaps stay gaps. */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  let mean: number | null = null;
  return values.map(value => {
    if (value === null || !Number.isFinite(value)) {
      return value;
    }
    mean = mean === null ? value : weight * mean + (1 - weight) * value;
    return mean;
  });
}
