/** First characters that make a spreadsheet read text as a formula: telemetry must not choose what an analyst's spreadsheet runs. */
const FORMULA_START = /^[=+\-@\t\r\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}]/u;

/** One line of RFC 4180 text. Numbers stay as they are; text that a spreadsheet would run gets an apostrophe. */
export function csvLine(values: readonly unknown[]): string {
  return `${values
    .map((value) => {
      if (value === null || value === undefined) return '';
      if (typeof value === 'number') return String(value);
      let text = typeof value === 'object' ? JSON.stringify(value) : String(value);
      if (FORMULA_START.test(text)) text = `'${text}`;
      return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(',')}\r\n`;
}

/** A file name that any system takes. */
export const fileName = (text: string): string => text.replace(/[^\w.-]+/g, '_').slice(0, 80) || 'export';
