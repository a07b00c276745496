/** A Lumino widget around one of our views; the view is drawn when it is first seen. */
import { ReactWidget } from '@jupyterlab/ui-components';
import { Message } from '@lumino/messaging';
import * as React from 'react';
import { HostProvider, IHost } from '../ui/host';
import { Guard } from './guard';

export class ViewWidget extends ReactWidget {
  private wasSeen = false;

  constructor(
    private readonly host: IHost,
    private readonly view: () => JSX.Element
  ) {
    super();
    this.addClass('hubkin-Root');
    // Keys that mean something to our views are not commands of what is around them.
    this.node.dataset.lmSuppressShortcuts = 'true';
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.see();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.isVisible) {
      this.see();
    }
  }

  protected override render(): JSX.Element {
    return this.wasSeen ? (
      <HostProvider host={this.host}>
        <Guard>{this.view()}</Guard>
      </HostProvider>
    ) : (
      <></>
    );
  }

  private see(): void {
    if (!this.wasSeen) {
      this.wasSeen = true;
      this.update();
    }
  }
}
