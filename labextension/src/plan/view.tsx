/**
 * A plan before it is a job: what would run, what it costs, what it waits for. Nothing runs until somebody says Submit.
 *
 * Only its owner can submit; to everyone else it is a picture.
 */
import * as React from 'react';
import { ProblemError } from '../core/client';
import { patched } from '../core/patch';
import { IPlan, IReason } from '../core/wire';
import { CaptureView } from '../job/details';
import { Inputs } from '../job/inputs';
import { JobView } from '../job/view';
import { Hardware } from '../jobs/hardware';
import { useHost, useLoad } from '../ui/host';
import { ErrorBox, OfflineBar, Skeleton } from '../ui/notices';
import { Patcher } from '../ui/waysout';
import { SubmitError, Warning } from './waysout';

export interface IPlanViewProps {
  id: string;
  snapshot?: IPlan;
  /** Told once, when the plan has become a job. */
  onSubmitted?: (jobId: string) => void;
}

/** A plan by its id; shows the job instead as soon as there is one. */
export function PlanView(props: IPlanViewProps): JSX.Element {
  const { snapshot, onSubmitted } = props;
  const [id, setId] = React.useState(props.id);
  const { model } = useHost();
  const load = useLoad(() => model.client.plan(id), [id]);
  const [submitted, setSubmitted] = React.useState<string | null>(null);
  const plan = load.value ?? (id === props.id ? snapshot : undefined);
  const jobId = submitted ?? plan?.job_id ?? null;
  React.useEffect(() => {
    if (jobId) {
      onSubmitted?.(jobId);
    }
    // Once per job; the callback is another function at every drawing.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [jobId]);
  if (jobId) {
    return <JobView id={jobId} compact />;
  }
  if (!plan) {
    return load.error ? <ErrorBox error={load.error} onRetry={load.reload} /> : <Skeleton lines={5} />;
  }
  return (
    <div className="hubkin-Job" data-compact>
      <OfflineBar />
      {load.error && <PlanGone error={load.error} onRetry={load.reload} />}
      <PlanCard
        key={id}
        plan={plan}
        canSubmit={load.value !== null}
        onSubmitted={setSubmitted}
        onReplaced={setId}
      />
    </div>
  );
}

function PlanGone(props: { error: Error; onRetry: () => void }): JSX.Element {
  const { trans } = useHost();
  const { error } = props;
  if (error instanceof ProblemError && error.problem.status === 404) {
    return (
      <div className="hubkin-Notice" data-kind="warning">
        <p>{trans.__('This plan has expired or is not yours. Run the cell again for a new one.')}</p>
      </div>
    );
  }
  return <ErrorBox error={error} onRetry={props.onRetry} />;
}

interface IPlanCardProps {
  plan: IPlan;
  /** Whether the platform still has the plan, and it is ours to see. */
  canSubmit: boolean;
  onSubmitted: (jobId: string) => void;
  /** Told the id of the plan that replaces this one. */
  onReplaced: (planId: string) => void;
}

function PlanCard(props: IPlanCardProps): JSX.Element {
  const { plan, canSubmit, onSubmitted, onReplaced } = props;
  const { model, trans, openJob } = useHost();
  const [busy, setBusy] = React.useState(false);
  const [error, setError] = React.useState<Error | null>(null);
  const [dismissed, setDismissed] = React.useState(false);
  const me = useLoad(() => model.me(), []);
  const isMine = me.value?.spaces.some(space => space.owner === plan.owner) ?? false;
  const isExpired = Date.parse(plan.expires_at) < Date.now();

  const submit = async (instead = false): Promise<void> => {
    if (busy) {
      return;
    }
    setBusy(true);
    setError(null);
    try {
      if (instead && plan.live_job_id) {
        await model.keep(model.client.stop(plan.live_job_id, { mode: 'now', reason: null }));
      }
      const job = await model.keep(model.client.submit(plan.id));
      onSubmitted(job.id);
    } catch (failure) {
      setError(failure as Error);
      setBusy(false);
    }
  };
  const change = async (patch: Record<string, unknown>): Promise<void> => {
    setBusy(true);
    try {
      const { capture, origin } = plan;
      const body = { spec: patched(plan.spec, patch), capture, origin };
      onReplaced((await model.reach(model.client.makePlan(body))).id);
    } catch (failure) {
      setError(failure as Error);
      setBusy(false);
    }
  };

  return (
    <>
      <PlanFacts plan={plan} onPatch={canSubmit && isMine ? patch => void change(patch) : undefined} />
      {error && <SubmitError error={error} onPatch={patch => void change(patch)} />}
      {plan.live_job_id && <p>{trans.__('The unchanged cell runs already as a job.')}</p>}
      {dismissed ? (
        <p className="hubkin-Note">{trans.__('Not submitted. Run the cell again for a new plan.')}</p>
      ) : (
        <div className="hubkin-Actions">
          {canSubmit && isMine && !isExpired && (
            <>
              <button
                type="button"
                className="hubkin-Button"
                data-kind="primary"
                aria-disabled={busy}
                onClick={() => void submit()}
              >
                {busy
                  ? trans.__('Submitting…')
                  : plan.live_job_id
                    ? trans.__('Run again')
                    : trans.__('Submit')}
              </button>
              {plan.live_job_id && (
                <button
                  type="button"
                  className="hubkin-Button"
                  disabled={busy}
                  onClick={() => void submit(true)}
                >
                  {trans.__('Stop it and run')}
                </button>
              )}
              <button
                type="button"
                className="hubkin-Button"
                disabled={busy}
                onClick={() => setDismissed(true)}
              >
                {trans.__('Cancel')}
              </button>
            </>
          )}
          {plan.live_job_id && (
            <button
              type="button"
              className="hubkin-Button"
              onClick={() => openJob(plan.live_job_id ?? '', plan.name)}
            >
              {trans.__('Open the job that runs already')}
            </button>
          )}
          {isExpired && (
            <p className="hubkin-Note">
              {trans.__('This plan has expired. Run the cell again for a new one.')}
            </p>
          )}
          {canSubmit && me.value && !isMine && (
            <p className="hubkin-Note">{trans.__('Only %1 can submit this plan.', plan.owner)}</p>
          )}
        </div>
      )}
    </>
  );
}

/** What would run, what it costs, what it waits for, what it brings along. */
export function PlanFacts(props: { plan: IPlan; onPatch?: Patcher }): JSX.Element {
  const { trans, format } = useHost();
  const { plan } = props;
  return (
    <>
      <header className="hubkin-Head">
        <div className="hubkin-Head-top">
          <h2 className="hubkin-Head-name">{plan.name}</h2>
          <span className="hubkin-State">{trans.__('Plan, not submitted')}</span>
        </div>
        <dl className="hubkin-Facts">
          <Fact label={trans.__('Runs on')}>
            <Hardware job={plan} />
          </Fact>
          {plan.processes > plan.replicas && (
            <Fact label={trans.__('Processes')}>{format.number(plan.processes)}</Fact>
          )}
          <Price plan={plan} />
        </dl>
      </header>
      <WaitsFor reasons={plan.waits_for} />
      {plan.warnings.map(warning => (
        <Warning key={warning.code + warning.text} warning={warning} onPatch={props.onPatch} />
      ))}
      <Inputs inputs={plan.inputs} />
      {plan.capture && <CaptureView capture={plan.capture} />}
    </>
  );
}

function Fact(props: { label: string; children: React.ReactNode }): JSX.Element {
  return (
    <div className="hubkin-Fact">
      <dt>{props.label}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function Price(props: { plan: IPlan }): JSX.Element {
  const { trans, format } = useHost();
  const { quote } = props.plan;
  if (quote.free) {
    return <Fact label={trans.__('Price')}>{trans.__('free')}</Fact>;
  }
  return (
    <>
      <Fact label={trans.__('Price')}>{format.perHour(quote.per_hour)}</Fact>
      <Fact label={trans.__('Set aside at the start')}>{format.money(quote.hold)}</Fact>
      {quote.cap && <Fact label={trans.__('At most')}>{format.money(quote.cap)}</Fact>}
      {quote.balance && <Fact label={trans.__('Balance')}>{format.money(quote.balance)}</Fact>}
      {quote.lasts_seconds !== null && (
        <Fact label={trans.__('Money lasts')}>{format.duration(quote.lasts_seconds)}</Fact>
      )}
    </>
  );
}

function WaitsFor(props: { reasons: readonly IReason[] }): JSX.Element {
  const { trans } = useHost();
  if (props.reasons.length === 0) {
    return <p>{trans.__('It can start at once.')}</p>;
  }
  return (
    <div>
      <p>{trans.__('It will wait:')}</p>
      <ul>
        {props.reasons.map((reason, index) => (
          <li key={index}>{reason.text || reason.code}</li>
        ))}
      </ul>
    </div>
  );
}
