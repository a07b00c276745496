/** Sums of money as decimal strings, without floats: for "before and after" in a dialog. */

const MICROS = 1_000_000n;

/** Micro-units of an amount a person typed, e.g. `12.5`; null when it is not a positive amount. */
export function parseAmount(text: string): bigint | null {
  const match = /^\s*(\d{1,12})(?:[.](\d{1,6}))?\s*$/.exec(text);
  if (!match) {
    return null;
  }
  const micros = BigInt(match[1] as string) * MICROS + BigInt((match[2] ?? '').padEnd(6, '0') || '0');
  return micros > 0n ? micros : null;
}

/** The decimal string of micro-units, with as many decimals as it needs and at least two. */
export function decimal(micros: bigint): string {
  const sign = micros < 0n ? '-' : '';
  const size = micros < 0n ? -micros : micros;
  const fraction = String(size % MICROS)
    .padStart(6, '0')
    .replace(/0{1,4}$/, '');
  return `${sign}${size / MICROS}.${fraction}`;
}

/** One decimal string plus micro-units. */
export function plus(amount: string, micros: bigint): string {
  return decimal(parseSigned(amount) + micros);
}

/** Micro-units of an amount of the platform, e.g. `-0.30`. */
export function parseSigned(amount: string): bigint {
  const [whole = '0', fraction = ''] = amount.replace('-', '').split('.');
  const size = BigInt(whole) * MICROS + BigInt(fraction.padEnd(6, '0').slice(0, 6));
  return amount.startsWith('-') ? -size : size;
}
