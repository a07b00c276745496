/** What was asked for: the command, the parameters, what the cell brought along, the replicas. */
import * as React from 'react';
import { ICaptureReport, IJob, IOrigin, IReplica } from '../core/wire';
import { useHost } from '../ui/host';
import { StateBadge } from '../ui/state';
import { Inputs } from './inputs';
import { Notes } from './notes';

export function Details(props: { job: IJob }): JSX.Element {
  const { trans } = useHost();
  const { job } = props;
  const { spec } = job;
  const params = Object.entries(spec.params ?? {});
  const place = placeOf(job.origin);
  return (
    <div className="hubkin-Details">
      <dl className="hubkin-Facts" data-wide>
        <Row label={trans.__('Job')}>{job.id}</Row>
        <Row label={trans.__('Owner')}>{job.owner}</Row>
        {place && (
          <Row label={trans.__('From')}>
            <span title={job.origin?.notebook ?? undefined}>{place}</span>
          </Row>
        )}
        <Row label={trans.__('Command')}>
          <code>{spec.run}</code>
        </Row>
        {params.length > 0 && (
          <Row label={trans.__('Parameters')}>
            {params.map(([name, value]) => (
              <div key={name}>
                <code>
                  {name}={JSON.stringify(value)}
                </code>
              </div>
            ))}
          </Row>
        )}
        {(spec.after ?? []).length > 0 && <Row label={trans.__('After')}>{trans.list(spec.after ?? [])}</Row>}
      </dl>
      <Inputs inputs={job.inputs} />
      {job.replicas.length > 0 && <Replicas replicas={job.replicas} />}
      {job.capture && <CaptureView capture={job.capture} />}
    </div>
  );
}

/** The notebook and the input that a job comes from, as far as they are known. */
function placeOf(origin: IOrigin | null): string {
  const input = origin?.execution_count ? `In[${origin.execution_count}]` : '';
  const file = origin?.notebook?.split('/').pop() ?? '';
  return [file, input].filter(part => part !== '').join(' · ');
}

function Row(props: { label: string; children: React.ReactNode }): JSX.Element {
  return (
    <div className="hubkin-Fact">
      <dt>{props.label}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function Replicas(props: { replicas: IReplica[] }): JSX.Element {
  const { trans, format } = useHost();
  return (
    <table className="hubkin-Table">
      <caption>{trans.__('Replicas')}</caption>
      <thead>
        <tr>
          <th scope="col">{trans.__('Replica')}</th>
          <th scope="col">{trans.__('State')}</th>
          <th scope="col">{trans.__('Machine')}</th>
          <th scope="col" data-number>
            {trans.__('Memory')}
          </th>
        </tr>
      </thead>
      <tbody>
        {props.replicas.map(replica => (
          <tr key={`${replica.task} ${replica.index}`}>
            <th scope="row">
              {replica.task} {replica.index}
            </th>
            <td>
              <StateBadge state={replica.state} />
              {replica.reason?.text && <div className="hubkin-Note">{replica.reason.text}</div>}
            </td>
            <td>{replica.node ?? '–'}</td>
            <td data-number>{replica.rss_bytes === null ? '–' : format.bytes(replica.rss_bytes)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What a cell brought along, name by name with the input it comes from. Plan card and job page show it. */
export function CaptureView(props: { capture: ICaptureReport }): JSX.Element | null {
  const { trans, format } = useHost();
  const { capture } = props;
  const names = capture.names ?? [];
  const lists: [string, string[]][] = [
    [trans.__('Modules'), capture.modules ?? []],
    [trans.__('Files'), capture.files ?? []],
    [trans.__('Packages added by pip'), capture.packages ?? []]
  ];
  const notes = capture.notes ?? [];
  if (names.length + notes.length + lists.reduce((sum, [, list]) => sum + list.length, 0) === 0) {
    return null;
  }
  return (
    <div className="hubkin-Capture">
      {names.length > 0 && (
        <>
          <h3>{trans.__('Taken from this notebook')}</h3>
          <ul className="hubkin-Capture-names">
            {names.map(name => (
              <li key={name.name}>
                <code>{name.name}</code> <span className="hubkin-Note">{name.source}</span>
                {name.size_bytes !== null && (
                  <span className="hubkin-Note"> {format.bytes(name.size_bytes)}</span>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
      {lists.map(
        ([label, list]) => list.length > 0 && <p key={label}>{trans.__('%1: %2', label, trans.list(list))}</p>
      )}
      <Notes capture={capture} />
    </div>
  );
}
