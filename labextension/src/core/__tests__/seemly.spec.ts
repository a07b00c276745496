import { expect, test } from 'vitest';
import cases from '../../../../tests/support/seemly.json';
import { seemlyLine, uncoloured } from '../seemly';

test.each(cases)('%j is shown as everywhere', (text, name, line) => {
  expect(seemlyLine(text)).toBe(line);
  expect(uncoloured(seemlyLine(text)).replace(/\t/g, ' ')).toBe(name);
});
