/**
 * A modal question. The browser's own `<dialog>` traps focus, closes on Esc and gives focus back.
 *
 * The button that acts is named by its verb; focus starts on Cancel when it destroys, so Enter never does.
 */
import * as React from 'react';
import { ProblemError } from '../core/client';
import { useHost } from './host';
import { ErrorBox } from './notices';
import { WaysOut } from './waysout';

export interface IDialogProps {
  title: string;
  /** The verb on the button that acts. */
  verb: string;
  destructive?: boolean;
  /** Act; while it is pending the buttons wait, and a failure is shown in the dialog. */
  onAct: () => Promise<unknown>;
  onClose: () => void;
  /** Whether the form is filled in well enough to act. */
  ready?: boolean;
  children?: React.ReactNode;
}

export function Dialog(props: IDialogProps): JSX.Element {
  const { trans } = useHost();
  const { title, verb, destructive, onAct, onClose, ready = true } = props;
  const element = React.useRef<HTMLDialogElement>(null);
  const cancel = React.useRef<HTMLButtonElement>(null);
  const titleId = React.useId();
  const [busy, setBusy] = React.useState(false);
  const [error, setError] = React.useState<Error | null>(null);

  React.useEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    dialog?.showModal();
    const field = dialog?.querySelector<HTMLElement>('input, select, textarea');
    (destructive || !field ? cancel.current : field)?.focus();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) {
        before.focus();
      }
    };
    // Once, when it opens.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  const act = async (): Promise<void> => {
    if (busy || !ready) {
      return;
    }
    setBusy(true);
    setError(null);
    try {
      await onAct();
      onClose();
    } catch (failure) {
      setError(failure as Error);
      setBusy(false);
    }
  };

  return (
    // Keys typed in the dialog are not commands of the notebook around it.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={element}
      className="hubkin-Dialog"
      aria-labelledby={titleId}
      data-lm-suppress-shortcuts="true"
      onKeyDown={event => {
        event.stopPropagation();
        // The Enter that ends the input of a Chinese word is not a submit.
        if (event.key === 'Enter' && event.nativeEvent.isComposing) {
          event.preventDefault();
        }
      }}
      onCancel={event => {
        event.preventDefault();
        onClose();
      }}
    >
      <form
        method="dialog"
        onSubmit={event => {
          event.preventDefault();
          if (!destructive) {
            void act();
          }
        }}
      >
        <h2 id={titleId}>{title}</h2>
        <div className="hubkin-Dialog-body">{props.children}</div>
        {error && <ErrorBox error={error} />}
        {error instanceof ProblemError && <WaysOut actions={error.problem.actions ?? []} />}
        <div className="hubkin-Dialog-buttons">
          <button ref={cancel} type="button" className="hubkin-Button" onClick={onClose}>
            {trans.__('Cancel')}
          </button>
          <button
            type={destructive ? 'button' : 'submit'}
            className="hubkin-Button"
            data-kind={destructive ? 'danger' : 'primary'}
            aria-disabled={busy || !ready}
            onClick={destructive ? () => void act() : undefined}
          >
            {verb}
          </button>
        </div>
      </form>
    </dialog>
  );
}
