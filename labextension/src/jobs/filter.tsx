/** The one filter box of a list, and the menu of states beside it. */
import * as React from 'react';
import { STATE_FILTERS, StateFilter } from '../core/states';
import { ISpace } from '../core/wire';
import { useHost } from '../ui/host';

export interface IFilter {
  readonly text: string;
  readonly states: StateFilter;
  /** One of my spaces, or empty for all of them. */
  readonly owner: string;
}

export const NO_FILTER: IFilter = { text: '', states: 'all', owner: '' };

const TYPING_PAUSE_MS = 200;

export function FilterBar(props: {
  filter: IFilter;
  /** What the person may choose between: themselves and their groups. */
  spaces: readonly ISpace[];
  onChange: (filter: IFilter) => void;
  inputRef: React.RefObject<HTMLInputElement>;
}): JSX.Element {
  const { filter, spaces, onChange, inputRef } = props;
  const { trans } = useHost();
  const [text, setText] = React.useState(filter.text);
  const [isComposing, setComposing] = React.useState(false);
  const latest = React.useRef({ filter, onChange });
  latest.current = { filter, onChange };
  React.useEffect(() => setText(filter.text), [filter.text]);
  React.useEffect(() => {
    const timer = window.setTimeout(() => {
      const { filter: before, onChange: tell } = latest.current;
      if (!isComposing && text !== before.text) {
        tell({ ...before, text });
      }
    }, TYPING_PAUSE_MS);
    return () => window.clearTimeout(timer);
  }, [text, isComposing]);
  return (
    <div className="hubkin-Filter" role="search">
      <input
        ref={inputRef}
        type="search"
        value={text}
        placeholder={trans.__('Filter jobs')}
        aria-label={trans.__('Filter jobs by name')}
        aria-keyshortcuts="/"
        onChange={event => setText(event.target.value)}
        onCompositionStart={() => setComposing(true)}
        onCompositionEnd={() => setComposing(false)}
      />
      {spaces.length > 1 && (
        <select
          aria-label={trans.__('Filter jobs by owner')}
          value={filter.owner}
          onChange={event => onChange({ ...filter, owner: event.target.value })}
        >
          <option value="">{trans.__('Mine and my groups')}</option>
          {spaces.map(space => (
            <option key={space.owner} value={space.owner}>
              {space.label}
            </option>
          ))}
        </select>
      )}
      <select
        aria-label={trans.__('Filter jobs by state')}
        value={filter.states}
        onChange={event => onChange({ ...filter, states: event.target.value as StateFilter })}
      >
        {(Object.keys(STATE_FILTERS) as StateFilter[]).map(each => (
          <option key={each} value={each}>
            <FilterWord filter={each} />
          </option>
        ))}
      </select>
    </div>
  );
}

function FilterWord(props: { filter: StateFilter }): JSX.Element {
  const { trans } = useHost();
  const words: Record<StateFilter, string> = {
    all: trans.__('All'),
    active: trans.__('Active'),
    waiting: trans.__('Waiting'),
    succeeded: trans.__('Succeeded'),
    failed: trans.__('Failed'),
    stopped: trans.__('Stopped')
  };
  return <>{words[props.filter]}</>;
}
