/** Custom format texts of datetimes and timespans. */
import { type SqlContext, ticks } from './declare.ts';

interface Piece {
  readonly letter?: string;
  readonly count: number;
  readonly text: string;
}

const LETTERS = 'dfFhHmMsty';

/** Splits a format; `most` letters of a day, month, hour, minute or second belong together. */
function pieces(format: string, most: number): Piece[] {
  const out: Piece[] = [];
  for (let i = 0; i < format.length; ) {
    const letter = format[i]!;
    if (LETTERS.includes(letter)) {
      let n = 1;
      const limit = letter === 'f' || letter === 'F' ? 7 : letter === 'y' ? 4 : letter === 'd' ? most : 2;
      while (format[i + n] === letter && n < limit) n++;
      out.push({ letter, count: n, text: format.slice(i, i + n) });
      i += n;
    } else {
      out.push({ count: 1, text: letter });
      i++;
    }
  }
  return out;
}

const two = (sql: string) => `leftPad(toString(${sql}), 2, '0')`;
const plain = (sql: string) => `toString(${sql})`;

function fraction(ticksSql: string, count: number, optional: boolean): string {
  const digits = `substring(leftPad(toString(${ticksSql} % 10000000), 7, '0'), 1, ${Math.min(count, 7)})`;
  return optional ? `trim(TRAILING '0' FROM ${digits})` : digits;
}

/** Constant strings only: other formats are refused where the function is declared. */
function joined(parts: string[]): string {
  return parts.length === 1 ? parts[0]! : `concat(${parts.join(', ')})`;
}

/** `format_datetime`. */
export function formatDatetime(x: string, format: unknown, c: SqlContext): string {
  const text = typeof format === 'string' ? format : 'yyyy-MM-dd HH:mm:ss';
  const t = c.once(`(${ticks(x)} + 621355968000000000)`);
  const hour = `intDiv(${t}, 36000000000) % 24`;
  const part = (p: Piece): string => {
    switch (p.letter) {
      case 'y':
        return p.count >= 4
          ? `leftPad(toString(toYear(${x})), 4, '0')`
          : p.count === 2
            ? two(`toYear(${x}) % 100`)
            : plain(`toYear(${x}) % 100`);
      case 'M':
        return p.count === 2 ? two(`toMonth(${x})`) : plain(`toMonth(${x})`);
      case 'd':
        return p.count === 2 ? two(`toDayOfMonth(${x})`) : plain(`toDayOfMonth(${x})`);
      case 'H':
        return p.count >= 2 ? two(hour) : plain(hour);
      case 'h': {
        const h = `if(${hour} % 12 = 0, 12, ${hour} % 12)`;
        return p.count >= 2 ? two(h) : plain(h);
      }
      case 'm': {
        const m = `intDiv(${t}, 600000000) % 60`;
        return p.count >= 2 ? two(m) : plain(m);
      }
      case 's': {
        const s = `intDiv(${t}, 10000000) % 60`;
        return p.count >= 2 ? two(s) : plain(s);
      }
      case 'f':
        return fraction(t, p.count, false);
      case 'F':
        return fraction(t, p.count, true);
      case 't':
        return `if(${hour} < 12, 'AM', 'PM')`;
      default:
        return c.param(p.text);
    }
  };
  return joined(pieces(text, 2).map(part));
}

/** `format_timespan`. */
export function formatTimespan(x: string, format: unknown, c: SqlContext): string {
  const text = typeof format === 'string' ? format : 'd.hh:mm:ss';
  const t = c.once(`abs(${x})`);
  const days = `intDiv(${t}, 864000000000)`;
  const part = (p: Piece): string => {
    switch (p.letter) {
      case 'd':
        return p.count > 1 ? `leftPad(toString(${days}), ${Math.min(p.count, 8)}, '0')` : plain(days);
      case 'h':
      case 'H': {
        const h = `intDiv(${t}, 36000000000) % 24`;
        return p.count >= 2 ? two(h) : plain(h);
      }
      case 'm': {
        const m = `intDiv(${t}, 600000000) % 60`;
        return p.count >= 2 ? two(m) : plain(m);
      }
      case 's': {
        const s = `intDiv(${t}, 10000000) % 60`;
        return p.count >= 2 ? two(s) : plain(s);
      }
      case 'f':
        return fraction(t, p.count, false);
      case 'F':
        return fraction(t, p.count, true);
      default:
        return c.param(p.text);
    }
  };
  return `concat(if(${x} < 0, '-', ''), ${joined(pieces(text, 8).map(part))})`;
}

/** What is wrong with a format text, if anything. */
export function formatError(format: unknown, span: boolean): string | undefined {
  if (typeof format !== 'string') return 'The format must be a constant.';
  const allowed = span ? /^[dhHmsfF /\-:,._[\]]*$/ : /^([dfFhHmMsy]|tt|[ /\-:,._[\]T])*$/;
  return allowed.test(format) && !/[fF]{8}/.test(format)
    ? undefined
    : `The format '${format}' holds something that is not known.`;
}
