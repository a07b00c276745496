/**
 * The live stream of JupyterLab: our server extension puts the platform's rows on Jupyter's own events WebSocket.
 *
 * That socket reconnects by itself and does not say what it missed, so rows are fetched again after a long time out of
 * sight and after a failure of the connection.
 */
import { Event, ServiceManager } from '@jupyterlab/services';
import { ILive, ILiveSink } from '../core/model';
import { IEvent } from '../core/wire';

export const SCHEMA_ID = 'https://hubkin.dev/events/platform/v1';

/** The topic of news of the line itself: `{up, fresh}`. */
const CONNECTION = 'connection';
const LONG_UNSEEN_MS = 60_000;

export class EventsOfJupyter implements ILive {
  private sink: ILiveSink | null = null;
  private batch: IEvent[] = [];
  private hiddenAt: number | null = null;

  constructor(private readonly manager: ServiceManager.IManager) {}

  start(sink: ILiveSink): void {
    this.sink = sink;
    this.manager.events.stream.connect(this.onEmission);
    this.manager.connectionFailure.connect(this.onFailure);
    document.addEventListener('visibilitychange', this.onVisibility);
    window.addEventListener('online', this.onOnline);
  }

  stop(): void {
    this.manager.events.stream.disconnect(this.onEmission);
    this.manager.connectionFailure.disconnect(this.onFailure);
    document.removeEventListener('visibilitychange', this.onVisibility);
    window.removeEventListener('online', this.onOnline);
    this.sink = null;
  }

  private readonly onEmission = (_: unknown, emission: Event.Emission): void => {
    if (emission.schema_id !== SCHEMA_ID) {
      return;
    }
    if (this.batch.length === 0) {
      queueMicrotask(() => this.flush());
    }
    this.batch.push(emission as unknown as IEvent);
  };

  private flush(): void {
    const events = this.batch;
    this.batch = [];
    this.sink?.events(events.filter(event => event.topic !== CONNECTION));
    // How the line from our server extension to the platform is; the last word counts.
    const connection = events.filter(event => event.topic === CONNECTION).pop()?.data;
    if (connection?.up) {
      this.sink?.up(Boolean(connection.fresh));
    } else if (connection) {
      this.sink?.down();
    }
  }

  private readonly onFailure = (): void => this.sink?.down();

  private readonly onOnline = (): void => this.sink?.up(true);

  private readonly onVisibility = (): void => {
    if (document.hidden) {
      this.hiddenAt = Date.now();
    } else if (this.hiddenAt !== null && Date.now() - this.hiddenAt > LONG_UNSEEN_MS) {
      this.hiddenAt = null;
      this.sink?.up(true);
    }
  };
}
