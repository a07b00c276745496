/** The side bar: one icon, with sections that can be moved to other side bars. */
import { IMovableSectionSource, ISectionEntry } from '@jupyterlab/apputils';
import { SidePanel } from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';
import { AccordionPanel, Widget } from '@lumino/widgets';

export class HubkinPanel extends SidePanel implements IMovableSectionSource {
  readonly sectionAdded = new Signal<this, ISectionEntry>(this);

  constructor() {
    super();
    this.id = 'hubkin-panel';
    this.addClass('hubkin-Panel');
  }

  get accordionPanel(): AccordionPanel {
    return this.content as AccordionPanel;
  }

  /** Add a section; its id is that of its widget. */
  addSection(widget: Widget): void {
    this.addWidget(widget);
    const entry = this.getSections().find(section => section.widget === widget);
    if (entry) {
      this.sectionAdded.emit(entry);
    }
  }

  getSections(): ISectionEntry[] {
    return this.widgets.map((widget, index) => ({
      id: widget.id,
      titleNode: this.accordionPanel.titles[index] as HTMLElement,
      widget
    }));
  }

  removeSectionById(sectionId: string): Widget | null {
    const widget = this.widgets.find(each => each.id === sectionId) ?? null;
    if (widget) {
      widget.parent = null;
    }
    return widget;
  }

  reinsertSection(widget: Widget): void {
    this.addSection(widget);
  }

  /** Open a section, wherever it is. */
  expand(sectionId: string): void {
    const index = this.widgets.findIndex(widget => widget.id === sectionId);
    if (index >= 0) {
      this.accordionPanel.expand(index);
    }
  }
}
