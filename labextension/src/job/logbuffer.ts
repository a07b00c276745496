/**
 * The lines of a log as they are shown: progress bars that rewrite themselves (`\r`) are one line.
 *
 * Pure; `logs.tsx` draws it. Lines of all replicas are kept in the order in which the platform merged them.
 */
import { seemlyLine, uncoloured } from '../core/seemly';
import { ILogLine } from '../core/wire';

/** One shown line; `id` never changes, so that a selection survives new lines. */
export interface IShownLine {
  readonly id: number;
  readonly replica: number;
  readonly at: string;
  readonly text: string;
}

/** The most lines that are kept in a window; older ones stay on the platform. */
export const MOST_LINES = 1_000_000;

/** An append-only buffer; `lines` is a new array only when an old line changed or was dropped. */
export class LogBuffer {
  private shown: IShownLine[] = [];
  private nextId = 0;
  /** Per replica: where its last line is, when that line may still be rewritten. */
  private readonly open = new Map<number, number>();

  get lines(): readonly IShownLine[] {
    return this.shown;
  }

  /** Take in the next lines of the log. */
  append(lines: readonly ILogLine[]): void {
    for (const line of lines) {
      const text = seemlyLine(line.text);
      const rewritten = collapse(text);
      const openAt = this.open.get(line.replica);
      if (openAt !== undefined && text.startsWith('\r')) {
        const before = this.shown[openAt] as IShownLine;
        this.shown[openAt] = { ...before, at: line.at, text: overlay(before.text, rewritten) };
      } else {
        this.open.set(line.replica, this.shown.length);
        this.shown.push({ id: this.nextId++, replica: line.replica, at: line.at, text: rewritten });
      }
      if (!text.includes('\r')) {
        this.open.delete(line.replica);
      }
    }
    if (this.shown.length > MOST_LINES) {
      this.shown = this.shown.slice(-MOST_LINES);
      this.open.clear();
    }
  }

  clear(): void {
    this.shown = [];
    this.open.clear();
  }
}

/** What a terminal would show of a line in which `\r` goes back to its start. */
export function collapse(text: string): string {
  if (!text.includes('\r')) {
    return text;
  }
  return text.split('\r').reduce((shown, part) => overlay(shown, part), '');
}

function overlay(shown: string, part: string): string {
  // Lengths of texts with colour codes are not what is seen; a bar rewrites the whole line anyway.
  const hasCodes = shown.includes('\x1b') || part.includes('\x1b');
  if (part === '') {
    return shown;
  }
  return hasCodes || part.length >= shown.length ? part : part + shown.slice(part.length);
}

/** The most characters of one line that are drawn; the rest is counted, and is in the download. */
export const MOST_CHARACTERS = 5_000;

/** The part of a line that is drawn, and how many characters are left out. */
export function cut(text: string): { shown: string; left: number } {
  if (text.length <= MOST_CHARACTERS) {
    return { shown: text, left: 0 };
  }
  const plain = uncoloured(text);
  return { shown: plain.slice(0, MOST_CHARACTERS), left: Math.max(0, plain.length - MOST_CHARACTERS) };
}

const ERROR = /(error|exception|traceback|fatal|killed|out of memory)\b/i;

/** The index of the first line that looks like an error, or -1. */
export function firstError(lines: readonly IShownLine[]): number {
  return lines.findIndex(line => ERROR.test(uncoloured(line.text)));
}

/** The indices of the lines that contain the text, ignoring case. */
export function find(lines: readonly IShownLine[], text: string): number[] {
  const wanted = text.toLowerCase();
  const found: number[] = [];
  if (wanted !== '') {
    lines.forEach((line, index) => {
      if (uncoloured(line.text).toLowerCase().includes(wanted)) {
        found.push(index);
      }
    });
  }
  return found;
}
