/** Events as people paste them: tables with rows, a list, one object, or one object a line. */
export function parseEvents(
  text: string,
  table: string,
): Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> {
  const isMap = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  let whole: unknown;
  try {
    whole = JSON.parse(text);
  } catch {
    const rows = text
      .split('\n')
      .map((line, index) => ({ line: line.trim().replace(/,$/, ''), number: index + 1 }))
      .filter(({ line }) => line !== '')
      .map(({ line, number }) => {
        let value: unknown;
        try {
          value = JSON.parse(line);
        } catch {
          throw new Error(`Line ${number} is not JSON.`);
        }
        if (!isMap(value)) throw new Error(`Line ${number} is not a JSON object.`);
        return value;
      });
    return { [table]: rows };
  }
  if (Array.isArray(whole)) {
    if (!whole.every(isMap)) throw new Error('The list must hold objects.');
    return { [table]: whole };
  }
  if (!isMap(whole)) throw new Error('Events are JSON objects.');
  const values = Object.values(whole);
  const areTables = values.length > 0 && values.every((value) => Array.isArray(value) && value.every(isMap));
  return areTables ? (whole as Record<string, Record<string, unknown>[]>) : { [table]: [whole] };
}
