/**
 * Our own two languages, the same catalogue in JupyterLab and on the pages.
 *
 * Call as `trans.__('literal')`: `scripts/strings.mjs` reads the literals and fails the build when one has no Chinese.
 */
import zhCN from '../locale/zh_CN.json';

/** What a view needs to speak: the same two calls as JupyterLab's `TranslationBundle`. */
export interface ITrans {
  /** BCP 47 tag for `Intl` and `Accept-Language`. */
  readonly language: string;
  /** Translate; `%1`, `%2`, … stand for the arguments. */
  __(msgid: string, ...args: unknown[]): string;
  /** Translate by number; `%1` is `n`, the arguments follow as `%2`, … */
  _n(msgid: string, plural: string, n: number, ...args: unknown[]): string;
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
    return fill(this.catalogue[msgid] ?? msgid, args);
  }

  _n(msgid: string, plural: string, n: number, ...args: unknown[]): string {
    const source = this.catalogue[msgid] ?? (n === 1 ? msgid : plural);
    return fill(source, [n, ...args]);
  }

  said(text: string): string {
    return this.catalogue[text] ?? text;
  }
}

function fill(text: string, args: unknown[]): string {
  return text.replace(/%(\d)/g, (whole, digit) => {
    const value = args[Number(digit) - 1];
    return value === undefined ? whole : String(value);
  });
}
