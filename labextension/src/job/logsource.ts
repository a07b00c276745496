/**
 * Fetches a job's log piece by piece: first its end, then whatever is new when the live stream hints at it.
 *
 * One request at a time; hints that arrive meanwhile make one more.
 */
import * as React from 'react';
import { FINAL } from '../core/states';
import { IJob, ILogLine, IReason } from '../core/wire';
import { useHost, useLive } from '../ui/host';
import { IShownLine, LogBuffer } from './logbuffer';

const TAIL_BYTES = 200_000;
const PIECE_BYTES = 262_144;
/** A job that prints without end is fetched a few times a second, not as often as it prints. */
const PAUSE_MS = 200;

export interface ILog {
  readonly lines: readonly IShownLine[];
  /** Grows with every change of `lines`. */
  readonly version: number;
  readonly gaps: readonly IReason[];
  readonly busy: boolean;
  readonly error: Error | null;
  /** Whether the log begins at its first line, or only with its last ones. */
  readonly isWhole: boolean;
  readonly reload: () => void;
  readonly loadWhole: () => void;
}

/** The log of a job, of one replica or merged (`null`), from its end or from its start. */
export function useLog(job: IJob, replica: number | null): ILog {
  const { model } = useHost();
  const epoch = useLive(state => state.connection.epoch);
  const [fromStart, setFromStart] = React.useState(false);
  const [turn, setTurn] = React.useState(0);
  const [log, setLog] = React.useState<Omit<ILog, 'reload' | 'loadWhole'>>(NOTHING);
  const isFinal = FINAL.has(job.state);

  React.useEffect(() => {
    const buffer = new LogBuffer();
    let cursor: string | undefined;
    let isWhole = fromStart;
    let isFetching = false;
    let isWanted = false;
    let isClosed = false;
    const which = replica === null ? {} : { replica };

    const fetchNext = async (): Promise<boolean> => {
      const query =
        cursor === undefined && !fromStart
          ? { tail_bytes: TAIL_BYTES }
          : { cursor, limit_bytes: PIECE_BYTES };
      const wasFirst = cursor === undefined;
      const page = await model.reach(model.client.logs(job.id, { ...which, ...query }));
      if (isClosed) {
        return false;
      }
      isWhole ||= wasFirst && sizeOf(page.lines) < TAIL_BYTES / 2;
      const hasMore = page.cursor !== cursor && page.lines.length > 0 && !page.complete;
      cursor = page.cursor;
      buffer.append(page.lines);
      setLog(before => ({
        lines: buffer.lines,
        version: before.version + 1,
        gaps: wasFirst ? page.gaps : [...before.gaps, ...page.gaps],
        busy: false,
        error: null,
        isWhole
      }));
      return hasMore;
    };
    const fetchAll = async (): Promise<void> => {
      isWanted = true;
      if (isFetching) {
        return;
      }
      isFetching = true;
      try {
        while (isWanted && !isClosed) {
          isWanted = false;
          while (await fetchNext()) {
            // Until the end of what there is.
          }
          if (isWanted) {
            await new Promise(done => window.setTimeout(done, PAUSE_MS));
          }
        }
      } catch (error) {
        if (!isClosed) {
          setLog(before => ({ ...before, busy: false, error: error as Error }));
        }
      } finally {
        isFetching = false;
      }
    };

    setLog(before => ({ ...NOTHING, version: before.version + 1 }));
    void fetchAll();
    const unlisten = model.store.onHint(hint => {
      if (hint.topic === 'log' && hint.jobId === job.id) {
        void fetchAll();
      }
    });
    return () => {
      isClosed = true;
      unlisten();
    };
    // The end of a job brings its last lines; otherwise hints do.
  }, [model, job.id, replica, fromStart, turn, epoch, isFinal]);

  return {
    ...log,
    reload: () => setTurn(before => before + 1),
    loadWhole: () => setFromStart(true)
  };
}

/** About how many bytes lines took; a tail that is far from full began at the first line. */
function sizeOf(lines: readonly ILogLine[]): number {
  return lines.reduce((sum, line) => sum + line.text.length + 1, 0);
}

const NOTHING = { lines: [], version: 0, gaps: [], busy: true, error: null, isWhole: false } as const;
