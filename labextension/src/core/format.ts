/**
 * Numbers, money, times and sizes as people read them, by `Intl` alone.
 *
 * Money is never rounded into "k" or "M", and no number leaves here without its unit.
 */
import { spaced } from './han';
import { ITrans } from './i18n';
import { IMoney } from './wire';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Formats for one language; made once per language. */
export class Format {
  constructor(private readonly trans: ITrans) {}

  /**
   * `¥1,234.50`, or `12.50 机时` where the site's unit is not a currency.
   *
   * Two decimals; of less than a cent the first two digits that count, since it is not nothing.
   */
  money(money: IMoney): string {
    const size = Math.abs(Number(money.amount));
    const digits =
      size > 0 && size < 0.01
        ? { maximumSignificantDigits: 2, maximumFractionDigits: 6 }
        : { minimumFractionDigits: 2, maximumFractionDigits: 2 };
    // Typed as number, but strings are formatted exactly, without a detour through a float.
    const amount = money.amount as unknown as number;
    if (/^[A-Z]{3}$/.test(money.unit)) {
      return new Intl.NumberFormat(this.language, {
        style: 'currency',
        currency: money.unit,
        currencyDisplay: 'narrowSymbol',
        ...digits
      }).format(amount);
    }
    return `${new Intl.NumberFormat(this.language, digits).format(amount)} ${money.unit}`;
  }

  /** A price per hour of everything that is paid for. */
  perHour(money: IMoney): string {
    return this.trans.__('%1 per hour', this.money(money));
  }

  /** `2 hr 13 min`, `2 小时 13 分钟`: the two largest units; seconds only below an hour. */
  duration(seconds: number): string {
    const whole = Math.max(0, Math.round(seconds));
    const parts: [number, string][] =
      whole >= DAY
        ? [
            [Math.floor(whole / DAY), 'day'],
            [Math.floor((whole % DAY) / HOUR), 'hour']
          ]
        : whole >= HOUR
          ? [
              [Math.floor(whole / HOUR), 'hour'],
              [Math.floor((whole % HOUR) / MINUTE), 'minute']
            ]
          : [
              [Math.floor(whole / MINUTE), 'minute'],
              [whole % MINUTE, 'second']
            ];
    const shown = parts.filter(([n]) => n > 0);
    const texts = (shown.length ? shown : parts.slice(-1)).map(([n, unit]) => this.unit(n, unit));
    return texts.join(' ');
  }

  /** `5 minutes ago`, or the date when it is a week away or more. */
  relative(iso: string, now: number): string {
    const seconds = (Date.parse(iso) - now) / 1000;
    const size = Math.abs(seconds);
    if (size >= 7 * DAY) {
      return this.dateTime(iso);
    }
    if (size < 1) {
      return this.trans.__('just now');
    }
    const format = new Intl.RelativeTimeFormat(this.language, { numeric: 'auto', style: 'short' });
    const [divisor, unit]: [number, Intl.RelativeTimeFormatUnit] =
      size < MINUTE
        ? [1, 'second']
        : size < HOUR
          ? [MINUTE, 'minute']
          : size < DAY
            ? [HOUR, 'hour']
            : [DAY, 'day'];
    return this.seemly(format.format(Math.trunc(seconds / divisor), unit));
  }

  /** Date and time in the browser's zone. */
  dateTime(iso: string): string {
    return new Intl.DateTimeFormat(this.language, {
      dateStyle: 'medium',
      timeStyle: 'short',
      hourCycle: 'h23'
    }).format(new Date(iso));
  }

  /** `14:05`. */
  clock(iso: string | number): string {
    return new Intl.DateTimeFormat(this.language, {
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23'
    }).format(new Date(iso));
  }

  /** A plain number with its thousands; small ones keep four significant digits. */
  number(value: number): string {
    return new Intl.NumberFormat(this.language, { maximumSignificantDigits: 6 }).format(value);
  }

  /** A measured value such as a loss: four significant digits, or powers of ten when it is tiny, as Python writes. */
  measure(value: number): string {
    if (!Number.isFinite(value)) {
      return String(value);
    }
    const tiny = value !== 0 && Math.abs(value) < 1e-3;
    return new Intl.NumberFormat(this.language, {
      maximumSignificantDigits: 4,
      notation: tiny ? 'scientific' : 'standard'
    })
      .format(value)
      .replace('E', 'e');
  }

  /** `42 %` of a fraction. */
  percent(fraction: number): string {
    return new Intl.NumberFormat(this.language, { style: 'percent', maximumFractionDigits: 0 }).format(
      fraction
    );
  }

  /** Decimal sizes, as disks and links count: `1.2 MB`; English has no short plural of byte, so it is `13 B`. */
  bytes(size: number): string {
    const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
    const step = size < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(size) / 3));
    return this.unit(size / 1000 ** step, units[step] as string, step === 0 ? 0 : 1).replace('byte', 'B');
  }

  private seemly(text: string): string {
    return this.language.startsWith('zh') ? spaced(text) : text;
  }

  private get language(): string {
    return this.trans.language;
  }

  private unit(value: number, unit: string, fractionDigits = 0): string {
    const format = new Intl.NumberFormat(this.language, {
      style: 'unit',
      unit,
      unitDisplay: 'short',
      maximumFractionDigits: fractionDigits
    });
    return this.seemly(format.format(value));
  }
}
