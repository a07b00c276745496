/**
 * Somebody's text as every screen shows it: the platform's own rule (`hubkin_kit.i18n.seemly`), for logs, which keep
 * their colours.  The same cases hold all who know the rule: `tests/support/seemly.json`.
 */
/* eslint-disable no-control-regex */

/** What a terminal would obey. Colours end in `m` and have no private parameters. */
const ESCAPES =
  /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-Z])|\x9b[0-?]*[ -/]*[@-~]/g;
const COLOUR = /\x1b\[[0-9;:]*m/g;
/** Control characters but tabs, `\r` and the start of a colour; and those that turn the direction of text. */
const UNSEEMLY =
  /[\x00-\x08\x0a-\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]|\x1b(?!\[[0-9;:]*m)/g;

/** A line of a log without what could disturb a screen; `\r` stays, for it rewrites the line. */
export function seemlyLine(text: string): string {
  const coloured = text.replace(ESCAPES, code =>
    code.startsWith('\x1b[') && code.match(COLOUR) ? code : ''
  );
  return coloured.replace(UNSEEMLY, '\ufffd');
}

/** The same line without its colours: what is searched, and what is cut. */
export function uncoloured(text: string): string {
  return text.includes('\x1b') ? text.replace(COLOUR, '') : text;
}
