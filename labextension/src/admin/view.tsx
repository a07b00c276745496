/** For platform admins: everyone's jobs, everyone's balances, topping up. Money needs a note, a stop needs a reason. */
import * as React from 'react';
import { IAccount } from '../core/wire';
import { IFilter } from '../jobs/filter';
import { JobsView } from '../jobs/list';
import { useHost, useLoad } from '../ui/host';
import { ErrorBox, Skeleton } from '../ui/notices';
import { Tabs } from '../ui/tabs';
import { TopupDialog } from './topup';

export function AdminView(props: { filter?: IFilter; onFilter?: (filter: IFilter) => void }): JSX.Element {
  const { trans } = useHost();
  return (
    <Tabs
      label={trans.__('Administration')}
      tabs={[
        {
          id: 'jobs',
          label: trans.__('Jobs of everyone'),
          content: () => <JobsView scope="everyone" {...props} />
        },
        { id: 'people', label: trans.__('People and balances'), content: () => <People /> }
      ]}
    />
  );
}

function People(): JSX.Element {
  const { model, trans, format } = useHost();
  const load = useLoad(() => model.client.accounts(), []);
  const [text, setText] = React.useState('');
  const [asked, setAsked] = React.useState<IAccount | null>(null);
  if (!load.value) {
    return load.error ? <ErrorBox error={load.error} onRetry={load.reload} /> : <Skeleton lines={6} />;
  }
  const wanted = text.trim().toLowerCase();
  const accounts = load.value.items.filter(account => account.owner.toLowerCase().includes(wanted));
  return (
    <div className="hubkin-People">
      <div className="hubkin-Filter" role="search">
        <input
          type="search"
          value={text}
          placeholder={trans.__('Filter people')}
          aria-label={trans.__('Filter people by name')}
          onChange={event => setText(event.target.value)}
        />
      </div>
      <table className="hubkin-Table" data-cards>
        <caption className="hubkin-visuallyHidden">{trans.__('People and balances')}</caption>
        <thead>
          <tr>
            <th scope="col">{trans.__('Owner')}</th>
            <th scope="col" data-number>
              {trans.__('Balance')}
            </th>
            <th scope="col" data-number>
              {trans.__('Set aside')}
            </th>
            <th scope="col" data-number>
              {trans.__('Spent this month')}
            </th>
            <th scope="col" data-number>
              {trans.__('Running jobs')}
            </th>
            <th scope="col">
              <span className="hubkin-visuallyHidden">{trans.__('Action')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {accounts.map(account => (
            <tr key={account.id}>
              <th scope="row">{account.owner}</th>
              <td data-number data-label={trans.__('Balance')}>
                {format.money(account.balance)}
              </td>
              <td data-number data-label={trans.__('Set aside')}>
                {format.money(account.held)}
              </td>
              <td data-number data-label={trans.__('Spent this month')}>
                {format.money(account.spent_this_month)}
              </td>
              <td data-number data-label={trans.__('Running jobs')}>
                {format.number(account.running)}
              </td>
              <td data-number>
                <button
                  type="button"
                  className="hubkin-Button"
                  data-small
                  aria-label={trans.__('Top up %1', account.owner)}
                  onClick={() => setAsked(account)}
                >
                  {trans.__('Top up')}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {accounts.length === 0 && <p className="hubkin-Empty">{trans.__('Nobody matches the filter.')}</p>}
      {asked && <TopupDialog account={asked} onDone={load.reload} onClose={() => setAsked(null)} />}
    </div>
  );
}
