/**
 * Our own two languages, the same catalogue in JupyterLab and on the pages.
 *
 * Call as `trans.__('literal')`: `scripts/strings.mjs` reads the literals and fails the build when one has no Chinese.
 */
import { joined } from './han';
import zhCN from '../locale/zh_CN.json';

/** What a view needs to speak: the same two calls as JupyterLab's `TranslationBundle`. */
export interface ITrans {
  /** BCP 47 tag for `Intl` and `Accept-Language`. */
  readonly language: string;
  /** Translate; `%1`, `%2`, … stand for the arguments. */
  __(msgid: string, ...args: unknown[]): string;
  /** Translate by number; `%1` is `n`, the arguments follow as `%2`, … */
  _n(msgid: string, plural: string, n: number, ...args: unknown[]): string;
  /** Several things in one line: `a, b`, or `a、b`. */
  list(items: readonly string[]): string;
  /** Translate a text that is a literal elsewhere, in the schema of the settings. */
  said(text: string): string;
}

type Catalogue = Readonly<Record<string, string>>;

/** The translator of a language tag such as `zh-CN`, `zh_CN` or `en`; unknown languages get English. */
export function translatorOf(tag: string | null | undefined): ITrans {
  const isChinese = (tag ?? '').toLowerCase().startsWith('zh');
  return isChinese ? new Translator('zh-CN', zhCN) : new Translator('en', {});
}

class Translator implements ITrans {
  constructor(
    readonly language: string,
    private readonly catalogue: Catalogue
  ) {}

  __(msgid: string, ...args: unknown[]): string {
    return this.fill(this.catalogue[msgid] ?? msgid, args);
  }

  _n(msgid: string, plural: string, n: number, ...args: unknown[]): string {
    const source = this.catalogue[msgid] ?? (n === 1 ? msgid : plural);
    return this.fill(source, [n, ...args]);
  }

  list(items: readonly string[]): string {
    return items.join(this.isChinese ? '、' : ', ');
  }

  said(text: string): string {
    return this.catalogue[text] ?? text;
  }

  private get isChinese(): boolean {
    return this.language.startsWith('zh');
  }

  private fill(text: string, args: unknown[]): string {
    // Every second piece is a place such as `%1`.
    const pieces = text.split(/(%\d)/).map((piece, index) => {
      const value = index % 2 === 1 ? args[Number(piece.slice(1)) - 1] : undefined;
      return value === undefined ? piece : String(value);
    });
    return this.isChinese ? joined(pieces) : pieces.join('');
  }
}
