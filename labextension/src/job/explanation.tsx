/** Why a job waits, in four answers: what it waits for, why, until when, and what can be done. */
import * as React from 'react';
import { patched } from '../core/patch';
import { IAlternative, IJob } from '../core/wire';
import { Dialog } from '../ui/dialog';
import { useHost, useLoad, useNow } from '../ui/host';
import { ErrorBox, Skeleton } from '../ui/notices';
import { Ago } from '../ui/state';
import { JobScope, newKey } from './actions';

export function Explanation(props: { job: IJob; scope?: JobScope }): JSX.Element {
  const { model, trans, format, jobHref, openJob } = useHost();
  const { job, scope = 'mine' } = props;
  const load = useLoad(() => model.client.explanation(job.id), [job.id, job.revision]);
  const now = useNow(10_000);
  const [taken, setTaken] = React.useState<IAlternative | null>(null);
  const explanation = load.value;
  if (!explanation) {
    return load.error ? <ErrorBox error={load.error} onRetry={load.reload} /> : <Skeleton lines={4} />;
  }
  const { eta_earliest_at: earliest, eta_latest_at: latest } = explanation;
  return (
    <div className="hubkin-Explanation">
      <p className="hubkin-Explanation-summary">{explanation.summary}</p>
      <dl className="hubkin-Facts" data-wide>
        <div className="hubkin-Fact">
          <dt>{trans.__('Now')}</dt>
          <dd>
            {explanation.reasons.map((reason, index) => (
              <div key={index}>{reason.text || reason.code}</div>
            ))}
          </dd>
        </div>
        {explanation.position !== null && (
          <div className="hubkin-Fact">
            <dt>{trans.__('Queue')}</dt>
            <dd>
              {explanation.ahead.length === 0
                ? trans.__('first in line')
                : trans._n('%1 job ahead', '%1 jobs ahead', explanation.ahead.length)}
            </dd>
          </div>
        )}
        {explanation.waits_for_jobs.length > 0 && (
          <div className="hubkin-Fact">
            <dt>{trans.__('Waits for')}</dt>
            <dd>
              {scope === 'mine'
                ? explanation.waits_for_jobs.map(id => (
                    <JobLink key={id} id={id} href={jobHref(id)} open={openJob} />
                  ))
                : trans.list(explanation.waits_for_jobs)}
            </dd>
          </div>
        )}
        <div className="hubkin-Fact">
          <dt>{trans.__('When')}</dt>
          <dd>
            {earliest && latest
              ? trans.__('likely between %1 and %2', format.dateTime(earliest), format.dateTime(latest))
              : latest
                ? trans.__('likely by %1 at the latest', format.dateTime(latest))
                : explanation.eta || trans.__("can't tell")}
          </dd>
        </div>
        {explanation.alternatives.length > 0 && (
          <div className="hubkin-Fact">
            <dt>{trans.__('Sooner')}</dt>
            <dd>
              {explanation.alternatives.map((alternative, index) => (
                <div key={index}>
                  {alternative.text}{' '}
                  {scope === 'mine' && (
                    <button
                      type="button"
                      className="hubkin-Button"
                      data-small
                      aria-label={trans.__('Take this instead: %1', alternative.text)}
                      onClick={() => setTaken(alternative)}
                    >
                      {trans.__('Take this instead')}
                    </button>
                  )}
                </div>
              ))}
            </dd>
          </div>
        )}
      </dl>
      {explanation.as_of && (
        <p className="hubkin-Note">
          <Ago iso={explanation.as_of} now={now} said={when => trans.__('As of %1', when)} />
        </p>
      )}
      {taken && <TakeDialog job={job} alternative={taken} onClose={() => setTaken(null)} />}
    </div>
  );
}

/** Submits the job in another shape, and stops the one that waits once the new one is in. */
function TakeDialog(props: { job: IJob; alternative: IAlternative; onClose: () => void }): JSX.Element {
  const { model, trans, openJob } = useHost();
  const { job, alternative, onClose } = props;
  const [key] = React.useState(newKey);
  const take = async (): Promise<void> => {
    const { capture, origin } = job;
    const request = { spec: patched(job.spec, alternative.patch), capture, origin };
    const other = await model.keep(model.client.submitSpec(request, key));
    await model.keep(model.client.stop(job.id, { mode: 'now' }));
    openJob(other.id, other.name);
  };
  return (
    <Dialog title={trans.__('Take this instead?')} verb={trans.__('Submit')} onAct={take} onClose={onClose}>
      <p>{alternative.text}</p>
      <p>{trans.__('A new job is submitted, and %1 stops waiting.', job.name)}</p>
    </Dialog>
  );
}

function JobLink(props: {
  id: string;
  href: string | null;
  open: (id: string, name: string) => void;
}): JSX.Element {
  return props.href ? (
    <a href={props.href}>{props.id}</a>
  ) : (
    <button type="button" className="hubkin-Button" onClick={() => props.open(props.id, props.id)}>
      {props.id}
    </button>
  );
}
