/**
 * What every view is given by where it lives: JupyterLab, a notebook's output, or a page.
 */
import * as React from 'react';
import { Format } from '../core/format';
import { ITrans } from '../core/i18n';
import { Model } from '../core/model';
import { IState } from '../core/store';

/** The surroundings of the views. */
export interface IHost {
  readonly model: Model;
  readonly trans: ITrans;
  readonly format: Format;
  /** The address of a job's page, where there are addresses; otherwise `openJob` is called. */
  jobHref(id: string): string | null;
  openJob(id: string, name: string): void;
  /** Save bytes as a file of this name. */
  save(blob: Blob, name: string): void;
}

const HostContext = React.createContext<IHost | null>(null);

/** Gives the views below it their surroundings. */
export function HostProvider(props: { host: IHost; children: React.ReactNode }): JSX.Element {
  return <HostContext.Provider value={props.host}>{props.children}</HostContext.Provider>;
}

/** The surroundings of this view. */
export function useHost(): IHost {
  const host = React.useContext(HostContext);
  if (!host) {
    throw new Error('A view of Hubkin was shown outside of HostProvider.');
  }
  return host;
}

/** A part of the live picture; the view is drawn again when that part is another object. */
export function useLive<T>(pick: (state: IState) => T): T {
  const { store } = useHost().model;
  return React.useSyncExternalStore(store.subscribe, () => pick(store.current()));
}

/** The time in milliseconds, again every `period` while the window is seen and `running`. */
export function useNow(period: number, running = true): number {
  const [now, setNow] = React.useState(() => Date.now());
  React.useEffect(() => {
    if (!running) {
      return;
    }
    const tick = (): void => {
      if (!document.hidden) {
        setNow(Date.now());
      }
    };
    tick();
    const timer = window.setInterval(tick, period);
    return () => window.clearInterval(timer);
  }, [period, running]);
  return now;
}

/** What became of something that is fetched. `value` stays while it is fetched again and when that fails. */
export interface ILoad<T> {
  readonly value: T | null;
  readonly error: Error | null;
  readonly busy: boolean;
  readonly reload: () => void;
}

/** Fetch when shown, when `deps` change and when news may have been missed. */
export function useLoad<T>(fetch: () => Promise<T>, deps: React.DependencyList): ILoad<T> {
  const { model } = useHost();
  const epoch = useLive(state => state.connection.epoch);
  const [turn, setTurn] = React.useState(0);
  const [load, setLoad] = React.useState<Omit<ILoad<T>, 'reload'>>({ value: null, error: null, busy: true });
  const key = JSON.stringify(deps);
  const keyBefore = React.useRef(key);
  React.useEffect(() => {
    let isCurrent = true;
    const isOther = keyBefore.current !== key;
    keyBefore.current = key;
    setLoad(before => ({ value: isOther ? null : before.value, error: null, busy: true }));
    model.reach(fetch()).then(
      value => isCurrent && setLoad({ value, error: null, busy: false }),
      (error: Error) => isCurrent && setLoad(before => ({ value: before.value, error, busy: false }))
    );
    return () => {
      isCurrent = false;
    };
    // `fetch` is a new function at every drawing; what it depends on is in `deps`.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, epoch, turn]);
  const reload = React.useCallback(() => setTurn(before => before + 1), []);
  return { ...load, reload };
}
