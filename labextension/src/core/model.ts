/**
 * Ties client, store and live stream together: one first fetch, then only news.
 *
 * Each window makes one; every view of it reads the same rows.
 */
import { Client, IJobQuery, UnreachableError } from './client';
import { Store } from './store';
import { IEvent, IJob, IMe, IPage } from './wire';

/** What a live stream tells. `fresh` says that rows may have been missed, so they are fetched again. */
export interface ILiveSink {
  events(events: readonly IEvent[]): void;
  up(fresh: boolean): void;
  /** `isSignedOut`: the platform is there, but no longer knows who asks. */
  down(isSignedOut?: boolean): void;
}

/** A live stream of the platform's rows: SSE on the pages, Jupyter's events in JupyterLab. */
export interface ILive {
  start(sink: ILiveSink): void;
  stop(): void;
}

const FIRST_RETRY_MS = 2_000;
const LAST_RETRY_MS = 60_000;

/** The platform as this window knows it. */
export class Model {
  private identity: Promise<IMe> | null = null;
  private retryMs = FIRST_RETRY_MS;
  private retryTimer: number | undefined;

  constructor(
    readonly client: Client,
    private readonly live: ILive,
    private readonly now: () => number = Date.now,
    readonly store = new Store()
  ) {}

  /** The same rows and the same stream, for views of anybody's jobs. */
  asAdmin(): Model {
    return new Model(this.client.asAdmin(), this.live, this.now, this.store);
  }

  /** Open the live stream. */
  start(): void {
    this.live.start({
      events: events => this.store.apply(events),
      up: fresh => this.store.goOnline(fresh),
      down: isSignedOut => this.store.goOffline(this.now(), isSignedOut)
    });
  }

  stop(): void {
    window.clearTimeout(this.retryTimer);
    this.live.stop();
  }

  /** Who I am; asked once. */
  me(): Promise<IMe> {
    this.identity ??= this.reach(this.client.me()).catch(error => {
      this.identity = null;
      throw error;
    });
    return this.identity;
  }

  /** A page of my jobs, or of everyone's for an admin; the rows go into the store. */
  async loadJobs(scope: 'mine' | 'everyone', query: IJobQuery): Promise<IPage<IJob>> {
    const page = await this.reach(
      scope === 'mine' ? this.client.jobs(query) : this.client.jobsOfEveryone(query)
    );
    this.store.putJobs(page.items);
    return page;
  }

  /** Wait for an answer that is a job and put it into the store. */
  async keep(answer: Promise<IJob>): Promise<IJob> {
    const job = await this.reach(answer);
    this.store.putJobs([job]);
    return job;
  }

  /** Fetch my account. */
  async loadUsage(): Promise<void> {
    this.store.putUsage(await this.reach(this.client.usage()));
  }

  /** Pass an answer on, and learn from it whether the platform is there. */
  async reach<T>(answer: Promise<T>): Promise<T> {
    try {
      const value = await answer;
      this.retryMs = FIRST_RETRY_MS;
      this.store.goOnline(!this.store.current().connection.online);
      return value;
    } catch (error) {
      if (error instanceof UnreachableError) {
        this.store.goOffline(this.now());
        this.retryLater();
      }
      throw error;
    }
  }

  /** Ask again now, instead of at the next try. */
  retry(): void {
    window.clearTimeout(this.retryTimer);
    this.retryTimer = undefined;
    // A failed try has arranged the next one.
    this.reach(this.client.me()).catch(() => undefined);
  }

  private retryLater(): void {
    if (this.retryTimer === undefined) {
      const wait = this.retryMs * (0.75 + Math.random() / 2);
      this.retryMs = Math.min(LAST_RETRY_MS, this.retryMs * 2);
      this.retryTimer = window.setTimeout(() => this.retryWhenSeen(), wait);
    }
  }

  private retryWhenSeen(): void {
    if (!document.hidden) {
      this.retry();
      return;
    }
    document.addEventListener('visibilitychange', () => this.retry(), { once: true });
  }
}
