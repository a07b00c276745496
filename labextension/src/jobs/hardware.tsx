/** What a job runs on: units × profile, and whether the card is only simulated. */
import * as React from 'react';
import { IJob, IPlan } from '../core/wire';
import { useHost } from '../ui/host';

type What = Pick<IJob & IPlan, 'units' | 'profile_label' | 'simulated'> & { spec: IJob['spec'] };

/** In full: replicas, units, profile. */
export function Hardware(props: { job: What }): JSX.Element {
  const { trans } = useHost();
  const { units, profile_label, simulated, spec } = props.job;
  const replicas = spec.replicas ?? 1;
  const each = units > 1 ? trans.__('%1 × %2', units, profile_label) : profile_label;
  return (
    <span className="hubkin-Hardware">
      {replicas > 1 ? trans._n('%1 replica of %2', '%1 replicas of %2', replicas, each) : each}{' '}
      {simulated && <span className="hubkin-Chip">{trans.__('simulated')}</span>}
    </span>
  );
}

/** In few letters, for a line of a list; the tooltip has the rest. */
export function HardwareLine(props: { job: What }): JSX.Element {
  const { trans } = useHost();
  const { units, profile_label, simulated, spec } = props.job;
  const all = units * (spec.replicas ?? 1);
  const text = all > 1 ? trans.__('%1 × %2', all, profile_label) : profile_label;
  return (
    <span className="hubkin-HardwareLine" title={simulated ? trans.__('%1 (simulated)', text) : text}>
      {text}
    </span>
  );
}
