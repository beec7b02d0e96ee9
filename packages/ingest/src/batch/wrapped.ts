import { quoteIdentifier, quoteString } from '@parapet/store';
import { TEXT_FIELDS } from '../connectors/source.ts';

/**
 * Records whose text is itself a JSON object: JSON that was sent over syslog, read from a log file by a shipper that does
 * not parse it, or logged by a container. Connectors are to see that object, whoever carried it, so it becomes the record:
 * its members stand at the top, what was sent stands whole under `_outer`, and the time and host of the carrier are added
 * where the object has none.
 */

/** Member that holds the record as it was sent. */
export const OUTER = '_outer';

/**
 * How an object begins inside a JSON text: its first quote is escaped. Nearly every record has none of these, and looking
 * for them costs a small part of what reading the record does.
 */
const BEGINNINGS = ['{\\"', '{ \\"', '{\\n', '{\\r\\n', '{\\u0022'];
/** What syslog senders put in front of an object (Common Event Expression). */
const COOKIE = '^\\\\s*@c(?:ee|im):\\\\s*';

/** SQL of a record: the object that its text is, else the record itself. @param x column of the record, a JSON text */
export function unwrapped(x: string): string {
  const type = `Tuple(${TEXT_FIELDS.map((name) => `${quoteIdentifier(name)} String`).join(', ')})`;
  const texts = TEXT_FIELDS.map((_name, i) => `trimBoth(replaceRegexpOne(t.${i + 1}, '${COOKIE}', ''))`).join(', ');
  const object = `arrayFirst(o -> startsWith(o, '{') AND isValidJSON(o) AND JSONLength(o) > 0, arrayFlatten(arrayMap(t -> [${texts}], [JSONExtract(${x}, ${quoteString(type)})])))`;
  const given = (name: string): string =>
    `if(JSONHas(${x}, ${quoteString(name)}) AND NOT JSONHas(o, ${quoteString(name)}), concat(',"${name}":', JSONExtractRaw(${x}, ${quoteString(name)})), '')`;
  const record = `concat('{"${OUTER}":', ${x}, ${given('@timestamp')}, ${given('host')}, ',', substring(o, 2))`;
  const chosen = `arrayMap(o -> if(o = '', ${x}, ${record}), [${object}])[1]`;
  return `if(multiSearchAny(${x}, [${BEGINNINGS.map(quoteString).join(', ')}]), ${chosen}, ${x})`;
}
