/** Draws the cards in notebooks, and lets them write down what they know when a notebook is saved. */
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { DocumentRegistry } from '@jupyterlab/docregistry';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { Widget } from '@lumino/widgets';
import { CARD_MIME, cards, CardWidget } from '../card';
import { IHubkin } from '../tokens';

/** Before the static HTML of the same output, which has 50. */
const RANK = 10;

export const card: JupyterFrontEndPlugin<void> = {
  id: '@hubkin/lab:card',
  description: 'Draws plans and jobs in the output of a cell.',
  autoStart: true,
  requires: [IHubkin, IRenderMimeRegistry],
  activate: (app: JupyterFrontEnd, hubkin: IHubkin, rendermime: IRenderMimeRegistry) => {
    rendermime.addFactory(
      {
        // Texts only, never markup: a card is safe in a notebook that nobody trusts yet.
        safe: true,
        mimeTypes: [CARD_MIME],
        createRenderer: () => new CardWidget(hubkin)
      },
      RANK
    );
    app.docRegistry.addWidgetExtension('Notebook', {
      createNew: (widget: Widget, context: DocumentRegistry.Context) => {
        context.saveState.connect((_, state) => {
          if (state === 'started') {
            cards.forEach(each => widget.node.contains(each.node) && each.remember());
          }
        });
      }
    });
  }
};
