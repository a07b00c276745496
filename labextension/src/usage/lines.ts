/** The ledger as people read it: what one job or notebook cost in a row of lines is one line. Pure. */
import { plus, parseSigned } from '../core/money';
import { IEntry } from '../core/wire';

export interface ILine {
  /** The newest of the entries. */
  readonly entry: IEntry;
  readonly count: number;
  /** Their exact sum. */
  readonly amount: string;
}

/** Newest first, as the entries are. Only neighbours are joined, so that every balance shown is a real one. */
export function linesOf(entries: readonly IEntry[]): ILine[] {
  const lines: ILine[] = [];
  for (const entry of entries) {
    const last = lines[lines.length - 1];
    if (last && subjectOf(entry) !== null && subjectOf(entry) === subjectOf(last.entry)) {
      const amount = plus(last.amount, parseSigned(entry.amount.amount));
      lines[lines.length - 1] = { entry: last.entry, count: last.count + 1, amount };
    } else {
      lines.push({ entry, count: 1, amount: entry.amount.amount });
    }
  }
  return lines;
}

function subjectOf(entry: IEntry): string | null {
  return entry.kind === 'usage' ? (entry.job_id ?? entry.server_id) : null;
}
