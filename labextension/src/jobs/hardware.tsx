/** What a job runs on: units × profile, and whether the card is only simulated. */
import * as React from 'react';
import { IJob, IPlan } from '../core/wire';
import { useHost } from '../ui/host';

type What = Pick<IJob & IPlan, 'units' | 'profile_label' | 'simulated'> & { spec: IJob['spec'] };

export function Hardware(props: { job: What }): JSX.Element {
  const { trans } = useHost();
  const { units, profile_label, simulated, spec } = props.job;
  const replicas = spec.replicas ?? 1;
  return (
    <span className="hubkin-Hardware">
      {replicas > 1 && trans._n('%1 replica of', '%1 replicas of', replicas)}{' '}
      {units > 1 ? trans.__('%1 × %2', units, profile_label) : profile_label}
      {simulated && <span className="hubkin-Chip">{trans.__('simulated')}</span>}
    </span>
  );
}
