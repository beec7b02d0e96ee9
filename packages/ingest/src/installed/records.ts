import { ParapetError } from '@parapet/schema';

/** Records of a trial at most. */
const MAX_RECORDS = 200;

type PlainRecord = Readonly<Record<string, unknown>>;

/**
 * Records of a text that a person pasted: a JSON array, one indented object, objects one a line, or lines of a log, each
 * of which becomes a record with the text as its `message`. Only the first 200 are taken.
 * @throws ParapetError `bad_trial` (400) when there is nothing to try
 */
export function pastedRecords(text: string): PlainRecord[] {
  const trimmed = text.trim();
  if (trimmed === '')
    throw new ParapetError(
      'bad_trial',
      400,
      'There is no record to try the connector on.',
      'Paste one or more records: JSON objects, or lines of a log.',
    );
  const whole = parsed(trimmed);
  const list = Array.isArray(whole) ? whole : isRecord(whole) ? [whole] : trimmed.split(/\r?\n/);
  const records: PlainRecord[] = [];
  for (const item of list) {
    if (records.length === MAX_RECORDS) break;
    if (typeof item !== 'string') {
      records.push(isRecord(item) ? item : { message: JSON.stringify(item) });
      continue;
    }
    const line = item.trim();
    if (line === '') continue;
    const value = parsed(line);
    records.push(isRecord(value) ? value : { message: line });
  }
  return records;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is PlainRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
