/** Puts money on an account: amount and note, then the balance before and after, then the deed. */
import * as React from 'react';
import { IAccount } from '../core/wire';
import { newKey } from '../job/actions';
import { Dialog } from '../ui/dialog';
import { useHost } from '../ui/host';
import { decimal, parseAmount, plus } from '../core/money';

export function TopupDialog(props: {
  account: IAccount;
  onDone: () => void;
  onClose: () => void;
}): JSX.Element {
  const { model, trans, format } = useHost();
  const { account, onDone, onClose } = props;
  const [amount, setAmount] = React.useState('');
  const [note, setNote] = React.useState('');
  // One opening of the dialog books once, however often the button is pressed.
  const [key] = React.useState(newKey);
  const amountId = React.useId();
  const noteId = React.useId();
  const hintId = React.useId();
  const micros = parseAmount(amount);
  const unit = account.balance.unit;
  const isWrong = amount.trim() !== '' && micros === null;

  const book = async (): Promise<void> => {
    if (micros === null) {
      return;
    }
    const body = { owner: account.owner, amount: decimal(micros), note: note.trim() };
    await model.reach(model.client.topup(body, key));
    onDone();
  };

  return (
    <Dialog
      title={trans.__('Top up %1', account.owner)}
      verb={
        micros === null
          ? trans.__('Top up')
          : trans.__('Top up by %1', format.money({ amount: decimal(micros), unit }))
      }
      ready={micros !== null && note.trim() !== ''}
      onAct={book}
      onClose={onClose}
    >
      <label htmlFor={amountId}>{trans.__('Amount in %1', unit)}</label>
      <input
        id={amountId}
        type="text"
        inputMode="decimal"
        autoComplete="off"
        required
        value={amount}
        aria-invalid={isWrong}
        aria-describedby={hintId}
        onChange={event => setAmount(event.target.value)}
      />
      <p id={hintId} className="hubkin-Note">
        {isWrong ? trans.__('A positive number such as 100 or 12.50.') : trans.__('At most six decimals.')}
      </p>
      <label htmlFor={noteId}>{trans.__('Note (required), e.g. the number of the transfer')}</label>
      <input
        id={noteId}
        type="text"
        required
        maxLength={200}
        value={note}
        onChange={event => setNote(event.target.value)}
      />
      <dl className="hubkin-Facts">
        <div className="hubkin-Fact">
          <dt>{trans.__('Balance now')}</dt>
          <dd>{format.money(account.balance)}</dd>
        </div>
        <div className="hubkin-Fact">
          <dt>{trans.__('Balance after')}</dt>
          <dd aria-live="polite">
            {micros === null ? '–' : format.money({ amount: plus(account.balance.amount, micros), unit })}
          </dd>
        </div>
      </dl>
    </Dialog>
  );
}
