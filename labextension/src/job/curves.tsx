/** The curves of a job: one chart a name, as a picture, as a sentence, and as a table. Loaded when first shown. */
import * as React from 'react';
import { FINAL } from '../core/states';
import { IJob } from '../core/wire';
import { useHost, useLoad } from '../ui/host';
import { Empty, ErrorBox, Skeleton } from '../ui/notices';
import { Chart } from './chart';
import { chartsOf, IChart } from './series';

const POINTS = 600;
const REFRESH_MS = 1_000;

export default function Curves(props: { job: IJob }): JSX.Element {
  const { job } = props;
  const { model, trans } = useHost();
  const hint = useHints(job.id);
  const load = useLoad(() => model.client.metrics(job.id, POINTS), [job.id]);
  const { reload } = load;
  const isFinal = FINAL.has(job.state);
  React.useEffect(() => {
    if (hint > 0) {
      reload();
    }
  }, [hint, isFinal, reload]);
  const [isLog, setLog] = React.useState(false);
  const [asTable, setTable] = React.useState(false);
  const [weight, setWeight] = React.useState(0);
  const charts = React.useMemo(() => chartsOf(load.value?.series ?? []), [load.value]);
  const smoothId = React.useId();

  if (!load.value) {
    return load.error ? <ErrorBox error={load.error} onRetry={reload} /> : <Skeleton lines={5} />;
  }
  if (charts.length === 0) {
    return (
      <Empty>
        <p>
          {trans.__(
            'No curves yet. Lines such as “loss=0.31” and progress bars are read from the output, or say:'
          )}
        </p>
        <pre>hubkin.report(loss=loss)</pre>
      </Empty>
    );
  }
  return (
    <div className="hubkin-Curves">
      <div className="hubkin-Toolbar" role="group" aria-label={trans.__('Curves')}>
        <label>
          <input type="checkbox" checked={isLog} onChange={event => setLog(event.target.checked)} />
          {trans.__('Logarithmic')}
        </label>
        <label htmlFor={smoothId}>{trans.__('Smooth')}</label>
        <input
          id={smoothId}
          type="range"
          min={0}
          max={0.95}
          step={0.05}
          value={weight}
          onChange={event => setWeight(Number(event.target.value))}
        />
        <label>
          <input type="checkbox" checked={asTable} onChange={event => setTable(event.target.checked)} />
          {trans.__('As a table')}
        </label>
      </div>
      <div className="hubkin-Curves-charts">
        {charts.map(chart =>
          asTable ? (
            <ChartTable key={chart.name} chart={chart} />
          ) : (
            <Chart key={chart.name} chart={chart} isLog={isLog} weight={weight} />
          )
        )}
      </div>
    </div>
  );
}

/** Counts the hints of new points, at most one a second: a burst of news is one fetch. */
function useHints(jobId: string): number {
  const { store } = useHost().model;
  const [count, setCount] = React.useState(0);
  React.useEffect(() => {
    let timer: number | undefined;
    const unlisten = store.onHint(hint => {
      if (hint.topic === 'metrics' && hint.jobId === jobId && timer === undefined) {
        timer = window.setTimeout(() => {
          timer = undefined;
          setCount(before => before + 1);
        }, REFRESH_MS);
      }
    });
    return () => {
      window.clearTimeout(timer);
      unlisten();
    };
  }, [store, jobId]);
  return count;
}

function ChartTable(props: { chart: IChart }): JSX.Element {
  const { trans, format } = useHost();
  const { chart } = props;
  return (
    // Focusable, so that the keyboard can scroll it.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="hubkin-TableBox" tabIndex={0} role="region" aria-label={chart.name}>
      <table className="hubkin-Table">
        <caption>{chart.name}</caption>
        <thead>
          <tr>
            <th scope="col" data-number>
              {trans.__('Step')}
            </th>
            {chart.columns.map(column => (
              <th key={column.label} scope="col" data-number>
                {chart.columns.length > 1 ? trans.__('Replica %1', column.label) : column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {chart.steps.map((step, row) => (
            <tr key={step}>
              <td data-number>{format.number(step)}</td>
              {chart.columns.map(column => {
                const value = column.values[row];
                return (
                  <td key={column.label} data-number>
                    {value === null || value === undefined ? '–' : format.measure(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
