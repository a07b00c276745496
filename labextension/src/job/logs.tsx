/** The log of a job: replicas merged or one by one, colours, search, follow. Loaded when it is first shown. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { AnsiUp } from 'ansi_up';
import * as React from 'react';
import { FINAL } from '../core/states';
import { IJob } from '../core/wire';
import { useHost } from '../ui/host';
import { Empty, ErrorBox, Skeleton } from '../ui/notices';
import { cut, find, firstError, IShownLine } from './logbuffer';
import { useLog } from './logsource';

const LINE_PX = 18;

export default function Logs(props: { job: IJob }): JSX.Element {
  const { job } = props;
  const { trans, format, save } = useHost();
  const [replica, setReplica] = React.useState<number | null>(null);
  const [wanted, setWanted] = React.useState('');
  const [hit, setHit] = React.useState(0);
  const [wraps, setWraps] = React.useState(false);
  const [follows, setFollows] = React.useState(true);
  const log = useLog(job, replica);
  const lines = log.lines;
  // The buffer grows in place; its version says so.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const hits = React.useMemo(() => find(lines, wanted), [wanted, log.version]);
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const error = React.useMemo(() => firstError(lines), [log.version]);
  const scroller = React.useRef<HTMLDivElement>(null);
  const replicas = job.spec.replicas ?? 1;

  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_PX,
    overscan: 20
  });
  const current = hits[hit % Math.max(1, hits.length)];

  React.useLayoutEffect(() => {
    if (follows && lines.length > 0) {
      virtual.scrollToIndex(lines.length - 1, { align: 'end' });
    }
    // `virtual` is another object at every drawing.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [follows, log.version]);

  const show = (index: number): void => {
    setFollows(false);
    virtual.scrollToIndex(index, { align: 'center' });
  };
  const goTo = (step: number): void => {
    if (hits.length > 0) {
      const next = (hit + step + hits.length) % hits.length;
      setHit(next);
      show(hits[next] as number);
    }
  };
  const onScroll = (): void => {
    const box = scroller.current;
    if (box) {
      setFollows(box.scrollHeight - box.scrollTop - box.clientHeight < 2 * LINE_PX);
    }
  };
  const download = (): void => {
    const text = lines.map(line => (replicas > 1 ? `[${line.replica}] ${line.text}` : line.text)).join('\n');
    save(new Blob([text, '\n'], { type: 'text/plain;charset=utf-8' }), `${job.name}.log`);
  };

  return (
    <div className="hubkin-Logs">
      <div className="hubkin-Toolbar" role="group" aria-label={trans.__('Log')}>
        {replicas > 1 && <ReplicaChips count={replicas} chosen={replica} onChoose={setReplica} />}
        <input
          type="search"
          value={wanted}
          placeholder={trans.__('Search the log')}
          aria-label={trans.__('Search the log')}
          onChange={event => {
            setWanted(event.target.value);
            setHit(0);
          }}
          onKeyDown={event => {
            if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
              event.preventDefault();
              goTo(event.shiftKey ? -1 : 1);
            }
          }}
        />
        {wanted !== '' && (
          <span role="status">
            {hits.length === 0
              ? trans.__('not found')
              : trans.__('%1 of %2', format.number((hit % hits.length) + 1), format.number(hits.length))}
          </span>
        )}
        {error >= 0 && (
          <button type="button" className="hubkin-Button" data-small onClick={() => show(error)}>
            {trans.__('First error')}
          </button>
        )}
        <label>
          <input type="checkbox" checked={wraps} onChange={event => setWraps(event.target.checked)} />
          {trans.__('Wrap')}
        </label>
        <label>
          <input type="checkbox" checked={follows} onChange={event => setFollows(event.target.checked)} />
          {trans.__('Follow')}
        </label>
        <button
          type="button"
          className="hubkin-Button"
          data-small
          disabled={lines.length === 0}
          onClick={download}
        >
          {trans.__('Download')}
        </button>
      </div>
      {log.error && <ErrorBox error={log.error} onRetry={log.reload} />}
      {log.busy && lines.length === 0 && <Skeleton lines={5} />}
      {!log.busy && !log.error && lines.length === 0 && (
        <Empty>
          <p>
            {FINAL.has(job.state) ? trans.__('Nothing was printed.') : trans.__('Nothing was printed yet.')}
          </p>
        </Empty>
      )}
      {!log.isWhole && lines.length > 0 && (
        <p className="hubkin-Note">
          {trans._n('The last line.', 'The last %1 lines.', lines.length)}{' '}
          <button type="button" className="hubkin-Button" data-small onClick={log.loadWhole}>
            {trans.__('Show from the start')}
          </button>
        </p>
      )}
      {log.gaps.map((gap, index) => (
        <div key={index} className="hubkin-Notice" data-kind="warning">
          <p>{gap.text || gap.code}</p>
        </div>
      ))}
      <div
        ref={scroller}
        className="hubkin-Logs-lines"
        role="log"
        aria-live="off"
        aria-label={trans.__('Log of %1', job.name)}
        data-wrap={wraps || undefined}
        hidden={lines.length === 0}
        // Focusable, so that the keyboard can scroll it.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        onScroll={onScroll}
      >
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map(item => (
            <LogLine
              key={lines[item.index]?.id ?? item.key}
              ref={wraps ? virtual.measureElement : undefined}
              index={item.index}
              top={item.start}
              line={lines[item.index] as IShownLine}
              withReplica={replicas > 1 && replica === null}
              isHit={item.index === current}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

interface ILogLineProps {
  line: IShownLine;
  index: number;
  top: number;
  withReplica: boolean;
  isHit: boolean;
}

const LogLine = React.memo(
  React.forwardRef<HTMLDivElement, ILogLineProps>(function LogLine(props, ref): JSX.Element {
    const { line, index, top, withReplica, isHit } = props;
    const { trans } = useHost();
    const { shown, left } = cut(line.text);
    return (
      <div
        ref={ref}
        className="hubkin-LogLine"
        data-index={index}
        data-hit={isHit || undefined}
        style={{ transform: `translateY(${top}px)` }}
        title={line.at}
      >
        {withReplica && (
          <span className="hubkin-LogLine-replica" data-replica={line.replica % 6}>
            {line.replica}
          </span>
        )}
        <span className="hubkin-LogLine-text" dangerouslySetInnerHTML={{ __html: coloured(shown) }} />
        {left > 0 && (
          <span className="hubkin-Note">{trans._n('… %1 more character', '… %1 more characters', left)}</span>
        )}
      </div>
    );
  })
);

/** The line as HTML: `ansi_up` escapes everything and turns colour codes into classes. */
function coloured(text: string): string {
  const ansi = new AnsiUp();
  ansi.use_classes = true;
  ansi.url_allowlist = {};
  return ansi.ansi_to_html(text) || '&nbsp;';
}

function ReplicaChips(props: {
  count: number;
  chosen: number | null;
  onChoose: (replica: number | null) => void;
}): JSX.Element {
  const { trans } = useHost();
  const choices: (number | null)[] = [null, ...Array.from({ length: props.count }, (_, index) => index)];
  return (
    <span className="hubkin-Chips" role="group" aria-label={trans.__('Replicas')}>
      {choices.map(choice => (
        <button
          key={choice ?? 'all'}
          type="button"
          className="hubkin-Button"
          data-small
          aria-pressed={choice === props.chosen}
          aria-label={choice === null ? trans.__('All replicas') : trans.__('Replica %1', choice)}
          onClick={() => props.onChoose(choice)}
        >
          {choice === null ? trans.__('All') : choice}
        </button>
      ))}
    </span>
  );
}
