/**
 * The live stream of the pages: server-sent events read through `fetch`, resumed where it broke off.
 *
 * A hidden page has no stream and makes no request; seen again, it asks for what it missed.
 */
import { createParser } from 'eventsource-parser';
import { ILive, ILiveSink } from '../core/model';
import { IEvent } from '../core/wire';

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;
/** The platform writes a comment every 15 s; three missed ones mean that the line is dead. */
const SILENCE_MS = 45_000;

export class EventStream implements ILive {
  private sink: ILiveSink | null = null;
  private lastId: string | null = null;
  private current: AbortController | null = null;
  private timer: number | undefined;
  private retryMs = FIRST_RETRY_MS;

  constructor(
    private readonly url: string,
    private readonly headers: Readonly<Record<string, string>>
  ) {}

  start(sink: ILiveSink): void {
    this.sink = sink;
    document.addEventListener('visibilitychange', this.onVisibility);
    this.onVisibility();
  }

  stop(): void {
    document.removeEventListener('visibilitychange', this.onVisibility);
    this.close();
    this.sink = null;
  }

  private readonly onVisibility = (): void => {
    this.close();
    if (!document.hidden) {
      this.retryMs = FIRST_RETRY_MS;
      void this.read();
    }
  };

  private close(): void {
    window.clearTimeout(this.timer);
    this.current?.abort();
    this.current = null;
  }

  private async read(): Promise<void> {
    const abort = new AbortController();
    this.current = abort;
    try {
      await this.readUntilEnd(abort);
    } catch {
      if (abort.signal.aborted && this.current !== abort) {
        return; // Hidden or stopped: on purpose.
      }
      this.sink?.down();
    }
    if (this.current === abort) {
      this.timer = window.setTimeout(() => void this.read(), this.retryMs * (0.5 + Math.random()));
      this.retryMs = Math.min(LAST_RETRY_MS, this.retryMs * 2);
    }
  }

  private async readUntilEnd(abort: AbortController): Promise<void> {
    const headers: Record<string, string> = { ...this.headers, Accept: 'text/event-stream' };
    const isResumed = this.lastId !== null;
    if (this.lastId !== null) {
      headers['Last-Event-ID'] = this.lastId;
    }
    let watchdog = window.setTimeout(() => abort.abort(), SILENCE_MS);
    try {
      const response = await fetch(this.url, { headers, signal: abort.signal, credentials: 'same-origin' });
      if (response.status === 410) {
        this.lastId = null; // Too long ago to resume: begin afresh at the next try, which is at once.
        this.retryMs = 0;
        return;
      }
      if (response.status === 401) {
        this.sink?.down(true);
        return;
      }
      if (!response.ok || !response.body) {
        throw new Error(`HTTP ${response.status}`);
      }
      this.retryMs = FIRST_RETRY_MS;
      this.sink?.up(!isResumed);
      let batch: IEvent[] = [];
      const parser = createParser({
        onEvent: message => {
          this.lastId = message.id ?? this.lastId;
          batch.push(JSON.parse(message.data) as IEvent);
        }
      });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) {
          return;
        }
        window.clearTimeout(watchdog);
        watchdog = window.setTimeout(() => abort.abort(), SILENCE_MS);
        parser.feed(value);
        this.lastId = quietPlace(value) ?? this.lastId;
        if (batch.length > 0) {
          this.sink?.events(batch);
          batch = [];
        }
      }
    } finally {
      window.clearTimeout(watchdog);
    }
  }
}

/** The place that a comment of the platform names; the parser hands out ids only together with data. */
function quietPlace(text: string): string | null {
  const places = [...text.matchAll(/^id: (\d+)\n:/gm)];
  return places[places.length - 1]?.[1] ?? null;
}
