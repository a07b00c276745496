/** Keeps a fault of one view from taking the notebook around it along. */
import * as React from 'react';

interface IGuardState {
  readonly error: Error | null;
}

export class Guard extends React.Component<{ children: React.ReactNode }, IGuardState> {
  override state: IGuardState = { error: null };

  static getDerivedStateFromError(error: Error): IGuardState {
    return { error };
  }

  override render(): React.ReactNode {
    return this.state.error ? (
      <pre className="hubkin-Pre" role="alert">
        {String(this.state.error)}
      </pre>
    ) : (
      this.props.children
    );
  }
}
