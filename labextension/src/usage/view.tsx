/** My money, or a group's, at a glance: what is there, what is set aside, what runs now costs, how long it lasts, the last lines. */
import * as React from 'react';
import { ITrans } from '../core/i18n';
import { IEntry, IUsage } from '../core/wire';
import { useHost, useLive, useLoad, useNow } from '../ui/host';
import { Empty, ErrorBox, OfflineBar, Skeleton } from '../ui/notices';
import { Ago } from '../ui/state';
import { ILine, linesOf } from './lines';

export function UsageView(): JSX.Element {
  const { model, trans } = useHost();
  const me = useLoad(() => model.me(), []);
  const [group, setGroup] = React.useState('');
  const spaces = me.value?.spaces ?? [];
  return (
    <div className="hubkin-Usage">
      <OfflineBar />
      {spaces.length > 1 && (
        <div className="hubkin-Filter">
          <select
            aria-label={trans.__('Whose account')}
            value={group}
            onChange={event => setGroup(event.target.value)}
          >
            {spaces.map(space => (
              <option key={space.owner} value={space.owner === me.value?.name ? '' : space.owner}>
                {space.label}
              </option>
            ))}
          </select>
        </div>
      )}
      {group ? <GroupAccount key={group} owner={group} /> : <MyAccount />}
    </div>
  );
}

function MyAccount(): JSX.Element {
  const { model } = useHost();
  const load = useLoad(() => model.loadUsage(), []);
  const usage = useLive(state => state.usage);
  if (!usage) {
    return load.error ? <ErrorBox error={load.error} onRetry={load.reload} /> : <Skeleton lines={4} />;
  }
  return <Account usage={usage} />;
}

/** A group's account; it is read again whenever one of the group's jobs moves or is charged. */
function GroupAccount(props: { owner: string }): JSX.Element {
  const { owner } = props;
  const { model } = useHost();
  const moves = useLive(state =>
    [...state.jobs.values()]
      .filter(job => job.owner === owner)
      .map(job => `${job.id} ${job.state} ${job.charged.amount}`)
      .join()
  );
  const [usage, setUsage] = React.useState<IUsage | null>(null);
  const load = useLoad(() => model.client.usage(owner), [moves]);
  React.useEffect(() => {
    if (load.value) {
      setUsage(load.value);
    }
  }, [load.value]);
  if (!usage) {
    return load.error ? <ErrorBox error={load.error} onRetry={load.reload} /> : <Skeleton lines={4} />;
  }
  return <Account usage={usage} />;
}

function Account(props: { usage: IUsage }): JSX.Element {
  const { usage } = props;
  const { trans, format } = useHost();
  const isSpending = Number(usage.per_hour.amount) > 0;
  return (
    <>
      <p className="hubkin-Usage-available">
        <span>{trans.__('Available')}</span> <strong>{format.money(usage.available)}</strong>
      </p>
      <dl className="hubkin-Facts">
        <Fact label={trans.__('Balance')}>{format.money(usage.balance)}</Fact>
        <Fact label={trans.__('Set aside for running jobs')}>{format.money(usage.held)}</Fact>
        <Fact label={trans.__('Spent this month')}>{format.money(usage.spent_this_month)}</Fact>
        <Fact label={trans.__('Spending now')}>
          {isSpending ? format.perHour(usage.per_hour) : trans.__('nothing')}
        </Fact>
        {isSpending && usage.lasts_seconds !== null && (
          <Fact label={trans.__('Money lasts')}>{format.duration(usage.lasts_seconds)}</Fact>
        )}
      </dl>
      <Ledger entries={usage.entries} account={usage.account} />
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

/** The newest lines of the ledger; each says who and why, and older ones are one click away. */
function Ledger(props: { entries: readonly IEntry[]; account: string }): JSX.Element {
  const { model, trans } = useHost();
  const [older, setOlder] = React.useState<readonly IEntry[] | null>(null);
  const [cursor, setCursor] = React.useState<string | null>(null);
  const [error, setError] = React.useState<Error | null>(null);
  const now = useNow(10_000);
  const more = async (): Promise<void> => {
    setError(null);
    try {
      const page = await model.reach(model.client.entries(props.account, cursor ?? undefined));
      setOlder([...(older ?? []), ...page.items]);
      setCursor(page.next_cursor);
    } catch (failure) {
      setError(failure as Error);
    }
  };
  const known = new Set(props.entries.map(entry => entry.id));
  const shown = [...props.entries, ...(older ?? []).filter(entry => !known.has(entry.id))];
  if (shown.length === 0) {
    return (
      <Empty>
        <p>{trans.__('No bookings yet.')}</p>
      </Empty>
    );
  }
  return (
    <section aria-label={trans.__('Bookings')}>
      <h3>{trans.__('Last bookings')}</h3>
      <ul className="hubkin-Ledger">
        {linesOf(shown).map(line => (
          <LedgerLine key={line.entry.id} line={line} now={now} />
        ))}
      </ul>
      {error && <ErrorBox error={error} />}
      {(older === null || cursor) && (
        <button type="button" className="hubkin-Button" onClick={() => void more()}>
          {trans.__('Show older bookings')}
        </button>
      )}
    </section>
  );
}

function LedgerLine(props: { line: ILine; now: number }): JSX.Element {
  const { trans, format } = useHost();
  const { line, now } = props;
  const { entry, count, amount } = line;
  const detail = count > 1 ? trans._n('%1 booking', '%1 bookings', count) : entry.quantity;
  return (
    <li>
      <div className="hubkin-Ledger-line">
        <span>
          <Purpose entry={entry} />
        </span>
        <strong data-number>{format.money({ ...entry.amount, amount })}</strong>
      </div>
      <div className="hubkin-Note">
        <Ago iso={entry.at} now={now} /> · {trans.__('by %1', entry.by)}
        {detail && ` · ${detail}`}
        {' · '}
        {trans.__('balance %1', format.money(entry.balance_after))}
      </div>
    </li>
  );
}

/** What a line is for: its note, or the job or notebook that was paid. */
function Purpose(props: { entry: IEntry }): JSX.Element {
  const { trans, jobHref, openJob } = useHost();
  const { kind, note, job_id: jobId, server_id: serverId } = props.entry;
  const name = props.entry.job_name ?? jobId;
  const said = note && note !== kind ? note : '';
  if (jobId && name) {
    const href = jobHref(jobId);
    const words = said || trans.__('Job %1', name);
    return href ? (
      <a href={href}>{words}</a>
    ) : (
      <button type="button" className="hubkin-Link" onClick={() => openJob(jobId, name)}>
        {words}
      </button>
    );
  }
  return <>{said || (serverId ? trans.__('Notebook') : kindWord(kind, trans))}</>;
}

function kindWord(kind: string, trans: ITrans): string {
  switch (kind) {
    case 'topup':
      return trans.__('Top-up');
    case 'refund':
      return trans.__('Refund');
    case 'usage':
      return trans.__('Use');
    default:
      return kind;
  }
}
