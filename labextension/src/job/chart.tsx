/**
 * One chart, drawn by uPlot in the colours of the theme.
 *
 * The arrows move a cursor whose values are read out; a sentence says what the picture shows.
 */
import * as React from 'react';
import uPlot from 'uplot';
import { ITrans } from '../core/i18n';
import { useHost } from '../ui/host';
import { IChart, lonely, smooth } from './series';

const HEIGHT_PX = 180;
// Okabe and Ito's colours, told apart with every kind of colour vision, darkened to 3:1 on white.
const COLOURS = ['#0072b2', '#d55e00', '#008a63', '#a94f86', '#8a6d00', '#2f7fb0', '#6b6b6b', '#b3462c'];
const DASHES = [[], [6, 4], [2, 3]];

export function Chart(props: { chart: IChart; isLog: boolean; weight: number }): JSX.Element {
  const { chart, isLog, weight } = props;
  const { trans, format } = useHost();
  const box = React.useRef<HTMLDivElement>(null);
  const plot = React.useRef<uPlot | null>(null);
  const theme = useTheme();
  const [cursor, setCursor] = React.useState<number | null>(null);
  const data = React.useMemo<uPlot.AlignedData>(
    () => [chart.steps, ...chart.columns.map(column => smooth(column.values, weight))] as uPlot.AlignedData,
    [chart, weight]
  );
  const dataNow = React.useRef(data);
  dataNow.current = data;
  const labels = chart.columns.map(column => column.label).join('\n');

  React.useEffect(() => {
    const element = box.current;
    if (!element) {
      return;
    }
    const made = new uPlot(
      options(element, labels.split('\n'), isLog, format.measure.bind(format)),
      dataNow.current,
      element
    );
    plot.current = made;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0) {
        made.setSize({ width: element.clientWidth, height: HEIGHT_PX });
      }
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [labels, isLog, theme, format]);

  React.useEffect(() => plot.current?.setData(data), [data]);

  const move = (event: React.KeyboardEvent): void => {
    const end = chart.steps.length - 1;
    const at = cursor ?? end;
    const to = {
      ArrowLeft: Math.max(0, at - 1),
      ArrowRight: Math.min(end, at + 1),
      Home: 0,
      End: end
    }[event.key];
    if (to === undefined || !plot.current) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    setCursor(to);
    plot.current.setCursor({ left: plot.current.valToPos(chart.steps[to] as number, 'x'), top: -10 });
  };

  return (
    <figure className="hubkin-Chart">
      <figcaption>
        <strong>{chart.name}</strong> <Sentence chart={chart} />
      </figcaption>
      <div
        ref={box}
        className="hubkin-Chart-box"
        role="slider"
        aria-label={trans.__('Curve of %1; arrows read its points', chart.name)}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, chart.steps.length - 1)}
        aria-valuenow={cursor ?? Math.max(0, chart.steps.length - 1)}
        aria-valuetext={reading(chart, cursor, value => format.measure(value), trans)}
        aria-readonly
        tabIndex={0}
        onKeyDown={move}
      />
      {chart.columns.length > 1 && <Legend chart={chart} />}
    </figure>
  );
}

function reading(
  chart: IChart,
  cursor: number | null,
  text: (value: number) => string,
  trans: ITrans
): string {
  const at = cursor ?? chart.steps.length - 1;
  const values = chart.columns.map(column => {
    const value = column.values[at];
    return value === null || value === undefined ? '–' : text(value);
  });
  const step = `${trans.__('step')} ${chart.steps[at] ?? '–'}`;
  return trans.__('%1: %2', step, trans.list(values));
}

function Sentence(props: { chart: IChart }): JSX.Element {
  const { trans, format } = useHost();
  const { first, last } = props.chart;
  if (first === null || last === null) {
    return <></>;
  }
  const [from, to] = [format.measure(first), format.measure(last)];
  const text =
    last < first
      ? trans.__('fell from %1 to %2', from, to)
      : last > first
        ? trans.__('rose from %1 to %2', from, to)
        : props.chart.steps.length > 1
          ? trans.__('stays at %1', to)
          : to;
  return <span>{text}</span>;
}

function Legend(props: { chart: IChart }): JSX.Element {
  const { trans } = useHost();
  return (
    <ul className="hubkin-Legend">
      {props.chart.columns.map((column, index) => (
        <li key={column.label}>
          <svg width="24" height="8" aria-hidden="true" focusable="false">
            <line
              x1="0"
              x2="24"
              y1="4"
              y2="4"
              strokeWidth="2"
              stroke={colour(index)}
              strokeDasharray={dash(index).join(' ')}
            />
          </svg>
          {trans.__('Replica %1', column.label)}
        </li>
      ))}
    </ul>
  );
}

const colour = (index: number): string => COLOURS[index % COLOURS.length] as string;
const dash = (index: number): number[] => DASHES[Math.floor(index / COLOURS.length) % DASHES.length] ?? [];

function options(
  element: HTMLElement,
  labels: readonly string[],
  isLog: boolean,
  text: (value: number) => string
): uPlot.Options {
  const style = getComputedStyle(element);
  const ink = style.getPropertyValue('--jp-ui-font-color1').trim();
  const grid = style.getPropertyValue('--jp-border-color2').trim();
  const axis = {
    stroke: ink,
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1 },
    font: '11px sans-serif'
  };
  return {
    width: element.clientWidth || 300,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { drag: { x: true, y: false } },
    scales: { x: { time: false }, y: { distr: isLog ? 3 : 1 } },
    axes: [
      axis,
      { ...axis, size: 56, values: (_, splits) => splits.map(value => (value === null ? '' : text(value))) }
    ],
    series: [
      {},
      ...labels.map((label, index) => ({
        label,
        stroke: colour(index),
        dash: dash(index),
        width: 2,
        spanGaps: labels.length > 1,
        points: {
          size: 7,
          fill: colour(index),
          show: (plot: uPlot, at: number) => lonely(plot.data[at] ?? [], labels.length > 1).length > 0,
          filter: (plot: uPlot, at: number) => lonely(plot.data[at] ?? [], labels.length > 1)
        }
      }))
    ]
  };
}

/** Changes when JupyterLab's or the system's theme does, so that canvases are drawn again. */
function useTheme(): string {
  const [theme, setTheme] = React.useState(themeName);
  React.useEffect(() => {
    const update = (): void => setTheme(themeName());
    const observer = new MutationObserver(update);
    observer.observe(document.body, {
      attributes: true,
      attributeFilter: ['data-jp-theme-name', 'data-jp-theme-light']
    });
    return () => observer.disconnect();
  }, []);
  return theme;
}

const themeName = (): string => `${document.body.dataset.jpThemeName} ${document.body.dataset.jpThemeLight}`;
