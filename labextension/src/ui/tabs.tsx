/** Tabs by the pattern of the ARIA guide: arrows move, Home and End jump, only the chosen one is a tab stop. */
import * as React from 'react';

export interface ITab {
  readonly id: string;
  readonly label: string;
  readonly content: () => React.ReactNode;
}

/** `first` is shown until somebody chooses; when the chosen tab goes away it is shown again. */
export function Tabs(props: { label: string; tabs: readonly ITab[]; first?: string }): JSX.Element {
  const { tabs } = props;
  const base = React.useId();
  const [chosen, setChosen] = React.useState<string>();
  const list = React.useRef<HTMLDivElement>(null);
  const at = (id: string | undefined): number => tabs.findIndex(tab => tab.id === id);
  const index = Math.max(0, at(chosen) >= 0 ? at(chosen) : at(props.first));
  const current = tabs[index];
  if (!current) {
    return <></>;
  }
  const move = (event: React.KeyboardEvent): void => {
    const to = {
      ArrowRight: (index + 1) % tabs.length,
      ArrowLeft: (index + tabs.length - 1) % tabs.length,
      Home: 0,
      End: tabs.length - 1
    }[event.key];
    if (to === undefined) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    setChosen(tabs[to]?.id);
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[to]?.focus();
  };
  return (
    <div className="hubkin-Tabs">
      {/* The keys are those of the tab that has the focus. */}
      {/* eslint-disable-next-line jsx-a11y/interactive-supports-focus */}
      <div ref={list} role="tablist" aria-label={props.label} onKeyDown={move}>
        {tabs.map(tab => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            id={`${base}-${tab.id}`}
            aria-controls={`${base}-panel`}
            aria-selected={tab === current}
            tabIndex={tab === current ? 0 : -1}
            onClick={() => setChosen(tab.id)}
          >
            {tab.label}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${base}-panel`} aria-labelledby={`${base}-${current.id}`} key={current.id}>
        {current.content()}
      </div>
    </div>
  );
}
