/** A card where there is no platform: what the notebook remembers, and that it is only that. */
import * as React from 'react';
import { IJob, IPlan } from '../core/wire';
import { Head } from '../job/head';
import { useHost } from '../ui/host';
import { PlanFacts } from './view';

export interface ISnapshotCard {
  readonly kind: 'job' | 'plan';
  readonly id: string;
  readonly snapshot?: IJob | IPlan;
}

export function Snapshot(props: { card: ISnapshotCard }): JSX.Element {
  const { trans } = useHost();
  const { kind, id, snapshot } = props.card;
  return (
    <div className="hubkin-Job" data-compact>
      {!snapshot && <p>{kind === 'plan' ? trans.__('Plan %1', id) : trans.__('Job %1', id)}</p>}
      {snapshot && kind === 'plan' && <PlanFacts plan={snapshot as IPlan} />}
      {snapshot && kind === 'job' && (
        <Head job={snapshot as IJob} compact onVerb={() => undefined} isPicture />
      )}
      <p className="hubkin-Note">
        {trans.__('As it was when the notebook was saved. The platform is not connected here.')}
      </p>
    </div>
  );
}
