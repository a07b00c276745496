import { expect, test } from 'vitest';
import { parseAmount, plus } from '../money';

test('amounts are exact to the millionth', () => {
  expect(parseAmount('12.5')).toBe(12_500_000n);
  expect(parseAmount('0.000001')).toBe(1n);
});

test('what is no positive amount is refused', () => {
  for (const text of ['', '0', '-5', '1e3', '1,000', '1.1234567', 'abc']) {
    expect(parseAmount(text)).toBeNull();
  }
});

test('a top-up of a debt is a sum without floats', () => {
  expect(plus('-0.30', 100_000n)).toBe('-0.20');
  expect(plus('9007199254740993.00', 1n)).toBe('9007199254740993.000001');
});
