/** What can be done to a job, and the dialogs that ask before it is done. Used by list, card and page. */
import * as React from 'react';
import { FINAL } from '../core/states';
import { IJob } from '../core/wire';
import { Dialog } from '../ui/dialog';
import { useHost } from '../ui/host';

export type Verb = 'stop' | 'checkpoint' | 'extend' | 'restart' | 'resume' | 'admin-stop';

/** Whose jobs a view is about: mine and my groups', or, for an admin, everyone's. */
export type JobScope = 'mine' | 'everyone';

/** Which verbs make sense for a job now, the likeliest first. */
export function verbsOf(job: IJob, scope: JobScope = 'mine'): Verb[] {
  if (scope === 'everyone') {
    return FINAL.has(job.state) || job.state === 'stopping' ? [] : ['admin-stop'];
  }
  if (FINAL.has(job.state)) {
    return ['restart'];
  }
  if (job.state === 'suspended') {
    return ['resume', 'stop'];
  }
  const verbs: Verb[] = [];
  if (job.can_stop && job.state !== 'stopping') {
    verbs.push('stop');
    if (job.state === 'running') {
      verbs.push('checkpoint');
    }
  }
  if (job.can_extend && job.deadline_at) {
    verbs.push('extend');
  }
  return verbs;
}

/** Asks about a job, one question at a time: `ask` opens the dialog, `dialog` is to be drawn. */
export function useJobActions(): { ask: (verb: Verb, job: IJob) => void; dialog: React.ReactNode } {
  const [asked, setAsked] = React.useState<{ verb: Verb; job: IJob } | null>(null);
  const ask = React.useCallback((verb: Verb, job: IJob) => setAsked({ verb, job }), []);
  const close = (): void => setAsked(null);
  return {
    ask,
    dialog: asked && <JobDialog key={`${asked.verb} ${asked.job.id}`} {...asked} onClose={close} />
  };
}

/** The question of a verb. */
export function JobDialog(props: { verb: Verb; job: IJob; onClose: () => void }): JSX.Element {
  switch (props.verb) {
    case 'extend':
      return <ExtendDialog {...props} />;
    case 'restart':
    case 'resume':
      return <RestartDialog {...props} />;
    case 'admin-stop':
      return <AdminStopDialog {...props} />;
    default:
      return <StopDialog {...props} />;
  }
}

function StopDialog(props: { verb: Verb; job: IJob; onClose: () => void }): JSX.Element {
  const { model, trans } = useHost();
  const { job, onClose } = props;
  const gently = props.verb === 'checkpoint';
  return (
    <Dialog
      title={gently ? trans.__('Stop %1 after a checkpoint?', job.name) : trans.__('Stop %1?', job.name)}
      verb={gently ? trans.__('Stop after checkpoint') : trans.__('Stop job')}
      destructive
      onAct={() => model.keep(model.client.stop(job.id, { mode: gently ? 'checkpoint' : 'now' }))}
      onClose={onClose}
    >
      <p>
        {gently
          ? trans.__(
              'It is asked to save a checkpoint first and has %1 to do so.',
              job.spec.on_stop?.grace ?? '30s'
            )
          : trans.__('What it has not saved by itself is lost.')}
      </p>
      <p>
        {Number(job.per_hour.amount)
          ? trans.__('Logs and output files are kept. You pay only for the time until now.')
          : trans.__('Logs and output files are kept.')}
      </p>
    </Dialog>
  );
}

function AdminStopDialog(props: { job: IJob; onClose: () => void }): JSX.Element {
  const { model, trans } = useHost();
  const { job, onClose } = props;
  const [reason, setReason] = React.useState('');
  const [mode, setMode] = React.useState<'now' | 'checkpoint'>('checkpoint');
  const fieldId = React.useId();
  return (
    <Dialog
      title={trans.__('Stop %1 of %2?', job.name, job.owner)}
      verb={trans.__('Stop job')}
      destructive
      ready={reason.trim().length > 0}
      onAct={() => model.keep(model.client.stopAsAdmin(job.id, { mode, reason: reason.trim() }))}
      onClose={onClose}
    >
      <p>{trans.__('Logs and output files are kept. The owner sees your name and this reason.')}</p>
      <label htmlFor={fieldId}>{trans.__('Reason (required)')}</label>
      <input
        id={fieldId}
        type="text"
        required
        maxLength={200}
        value={reason}
        onChange={event => setReason(event.target.value)}
      />
      <fieldset>
        <legend>{trans.__('How')}</legend>
        <label>
          <input
            type="radio"
            name="mode"
            checked={mode === 'checkpoint'}
            onChange={() => setMode('checkpoint')}
          />
          {trans.__('After a checkpoint')}
        </label>
        <label>
          <input type="radio" name="mode" checked={mode === 'now'} onChange={() => setMode('now')} />
          {trans.__('Now')}
        </label>
      </fieldset>
    </Dialog>
  );
}

const EXTENSIONS_HOURS = [1, 2, 4, 8, 24];

function ExtendDialog(props: { job: IJob; onClose: () => void }): JSX.Element {
  const { model, trans, format } = useHost();
  const { job, onClose } = props;
  const [hours, setHours] = React.useState(2);
  const fieldId = React.useId();
  return (
    <Dialog
      title={trans.__('Extend the time limit of %1', job.name)}
      verb={trans.__('Extend')}
      onAct={() => model.keep(model.client.extend(job.id, `${hours}h`))}
      onClose={onClose}
    >
      {job.deadline_at && <p>{trans.__('It ends at %1 at the latest.', format.dateTime(job.deadline_at))}</p>}
      <label htmlFor={fieldId}>{trans.__('Longer by')}</label>
      <select id={fieldId} value={hours} onChange={event => setHours(Number(event.target.value))}>
        {EXTENSIONS_HOURS.map(each => (
          <option key={each} value={each}>
            {format.duration(each * 3600)}
          </option>
        ))}
      </select>
      <p>{trans.__('It costs %1.', format.perHour(job.per_hour))}</p>
    </Dialog>
  );
}

function RestartDialog(props: { verb: Verb; job: IJob; onClose: () => void }): JSX.Element {
  const { model, trans, format, openJob } = useHost();
  const { job, onClose } = props;
  const resumes = props.verb === 'resume';
  // One opening of the dialog makes one job, however often the button is pressed.
  const [key] = React.useState(newKey);
  const submit = async (): Promise<void> => {
    const again = await model.keep(model.client.restart(job.id, key));
    openJob(again.id, again.name);
  };
  return (
    <Dialog
      title={resumes ? trans.__('Resume %1?', job.name) : trans.__('Submit %1 again?', job.name)}
      verb={resumes ? trans.__('Resume') : trans.__('Submit')}
      onAct={submit}
      onClose={onClose}
    >
      <p>
        {resumes
          ? trans.__('It goes on from its last checkpoint, with the same hardware.')
          : trans.__('A new job with the same code, parameters and hardware.')}
      </p>
      <p>{trans.__('It costs %1.', format.perHour(job.per_hour))}</p>
    </Dialog>
  );
}

/** A key no other request has; `randomUUID` exists only where the page came over HTTPS or from this machine. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}

/** The word on a verb's button. */
export function useVerbWord(): (verb: Verb) => string {
  const { trans } = useHost();
  return verb => {
    switch (verb) {
      case 'stop':
        return trans.__('Stop now');
      case 'checkpoint':
        return trans.__('Stop after checkpoint');
      case 'extend':
        return trans.__('Extend');
      case 'restart':
        return trans.__('Submit again');
      case 'resume':
        return trans.__('Resume');
      case 'admin-stop':
        return trans.__('Stop…');
    }
  };
}
