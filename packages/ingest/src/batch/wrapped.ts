import { quoteIdentifier, quoteString } from '@parapet/store';

/**
 * Records whose text is itself a JSON object: JSON that was sent over syslog, read from a log file by a shipper that does
 * not parse it, or logged by a container. Connectors are to see that object, whoever carried it, so it becomes the record:
 * its members stand at the top, what was sent stands whole under `_outer`, and the time and host of the carrier are added
 * where the object has none.
 */

/** Where carriers put a text: receivers and Filebeat, journald, container logs, Splunk forwarders. */
const FIELDS = ['message', 'MESSAGE', 'log', '_raw'];
/**
 * A record with one of these is an event of its own whose text happens to be JSON: a row of a table, a Windows event, an
 * event in the Open Cybersecurity or the Elastic Common Schema.
 */
const OWN = [['Type'], ['TimeGenerated'], ['winlog'], ['class_uid'], ['event', 'kind'], ['event', 'category']];

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
  const type = `Tuple(${FIELDS.map((name) => `${quoteIdentifier(name)} String`).join(', ')})`;
  const texts = FIELDS.map((_name, i) => `trimBoth(replaceRegexpOne(t.${i + 1}, '${COOKIE}', ''))`).join(', ');
  const object = `arrayFirst(o -> startsWith(o, '{') AND isValidJSON(o) AND JSONLength(o) > 0, arrayFlatten(arrayMap(t -> [${texts}], [JSONExtract(${x}, ${quoteString(type)})])))`;
  const own = OWN.map((path) => `JSONHas(${x}, ${path.map(quoteString).join(', ')})`).join(' OR ');
  const given = (name: string): string =>
    `if(JSONHas(${x}, ${quoteString(name)}) AND NOT JSONHas(o, ${quoteString(name)}), concat(',"${name}":', JSONExtractRaw(${x}, ${quoteString(name)})), '')`;
  const record = `concat('{"${OUTER}":', ${x}, ${given('@timestamp')}, ${given('host')}, ',', substring(o, 2))`;
  const chosen = `arrayMap(o -> if(o = '', ${x}, ${record}), [${object}])[1]`;
  return `if(multiSearchAny(${x}, [${BEGINNINGS.map(quoteString).join(', ')}]) AND NOT (${own}), ${chosen}, ${x})`;
}
