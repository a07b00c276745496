/**
 * The output of `%%train`: a plan or a job, live while the platform is there, otherwise what the notebook remembers.
 *
 * A live card never marks the notebook as changed. What it remembers is written when the job is final, and on save.
 */
import { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import { createRoot, Root } from 'react-dom/client';
import { FINAL } from '../core/states';
import { IJob, IPlan } from '../core/wire';
import { JobView } from '../job/view';
import { PlanView } from '../plan/view';
import { HostProvider } from '../ui/host';
import { Snapshot } from '../plan/snapshot';
import { Guard } from './guard';
import { IHubkin } from './tokens';

export const CARD_MIME = 'application/vnd.hubkin.job+json';

/** What a card is in a notebook file. */
export interface ICardData {
  readonly v: number;
  readonly platform: string;
  readonly kind: 'job' | 'plan';
  readonly id: string;
  readonly snapshot?: IJob | IPlan;
}

/** The cards on the screen, so that saving a notebook finds those in it. */
export const cards = new Set<CardWidget>();

export class CardWidget extends Widget implements IRenderMime.IRenderer {
  private root: Root | null = null;
  private model: IRenderMime.IMimeModel | null = null;
  private card: ICardData | null = null;
  private jobId: string | null = null;
  private unlisten: (() => void) | null = null;

  constructor(private readonly hubkin: IHubkin) {
    super();
    this.addClass('hubkin-Root');
    this.addClass('hubkin-Card');
    // Keys typed in the card are not commands of the notebook.
    this.node.dataset.lmSuppressShortcuts = 'true';
    cards.add(this);
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.model = model;
    const card = model.data[CARD_MIME] as unknown as ICardData;
    if (this.card?.id === card.id && this.root) {
      this.card = card; // Our own writing of the snapshot came back.
      return;
    }
    this.card = card;
    this.jobId = card.kind === 'job' ? card.id : ((card.snapshot as IPlan | undefined)?.job_id ?? null);
    this.root ??= createRoot(this.node);
    const isConnected = await this.hubkin.connected;
    if (this.isDisposed) {
      return;
    }
    this.root.render(
      <HostProvider host={this.hubkin.host}>
        <Guard>{isConnected ? this.live(card) : <Snapshot card={card} />}</Guard>
      </HostProvider>
    );
    this.unlisten ??= this.hubkin.host.model.store.subscribe(() => this.rememberFinal());
  }

  /** Write into the notebook what is known now; called on save. */
  remember(): void {
    const job = this.jobId ? this.hubkin.host.model.store.current().jobs.get(this.jobId) : undefined;
    const before = this.card;
    if (!job || !before || !this.model || (before.kind === 'job' && isKnown(before.snapshot, job))) {
      return;
    }
    this.card = { ...before, kind: 'job', id: job.id, snapshot: job };
    const data = { ...this.model.data, [CARD_MIME]: this.card as unknown as ReadonlyPartialJSONObject };
    this.model.setData({ data });
  }

  override dispose(): void {
    cards.delete(this);
    this.unlisten?.();
    const { root } = this;
    // React refuses to be taken down while it draws.
    queueMicrotask(() => root?.unmount());
    super.dispose();
  }

  private live(card: ICardData): JSX.Element {
    return card.kind === 'plan' ? (
      <PlanView
        id={card.id}
        snapshot={card.snapshot as IPlan | undefined}
        onSubmitted={jobId => (this.jobId = jobId)}
      />
    ) : (
      <JobView id={card.id} snapshot={card.snapshot as IJob | undefined} compact />
    );
  }

  private rememberFinal(): void {
    const job = this.jobId ? this.hubkin.host.model.store.current().jobs.get(this.jobId) : undefined;
    if (job && FINAL.has(job.state)) {
      this.remember();
    }
  }
}

function isKnown(snapshot: IJob | IPlan | undefined, job: IJob): boolean {
  const known = snapshot as IJob | undefined;
  return known?.revision === job.revision && known.state === job.state;
}
