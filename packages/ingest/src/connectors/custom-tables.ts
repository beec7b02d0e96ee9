import type { HuntingTable } from '@parapet/schema';
import { stringify } from 'yaml';

const TIMES = ['TimeGenerated', 'Timestamp', '@timestamp', 'timestamp', 'time', 'ts'];

/**
 * The connector of a custom table, made from its columns: records go into it when the sender names the table as index or
 * stream, in `Type` or in `$table`. Columns are read by name; a value of a wrong type is kept in `AdditionalFields._invalid`.
 */
export function customTableConnector(table: HuntingTable): { readonly file: string; readonly text: string } {
  const id = `table-${table.name.toLowerCase().replaceAll('_', '-')}`;
  const name = JSON.stringify(table.name);
  const time = '2026-01-31T12:00:00.0000000Z';
  const definition = {
    id,
    title: `Rows of ${table.name}`,
    vendor: 'Custom',
    description: `Records for the custom table ${table.name}, told by the index or the table that they name.`,
    match: `IndexName =~ ${name} or tostring(RawEventData.Type) == ${name} or tostring(RawEventData["$table"]) == ${name}`,
    prepare: `extend Row = RawEventData, EventTimeText = coalesce(${TIMES.map((key) => `tostring(RawEventData[${JSON.stringify(key)}])`).join(', ')})`,
    bag: 'Row',
    time: 'EventTimeText',
    outputs: [
      {
        table: table.name,
        when: 'true',
        fill: true,
        transform: `project ${table.timeColumn} = EventTime`,
      },
    ],
    samples: [
      {
        name: 'a row that names its table',
        index: table.name.toLowerCase(),
        event: { TimeGenerated: time },
        rows: { [table.name]: [{ TimeGenerated: time }] },
      },
    ],
  };
  return { file: `${id}.yaml`, text: stringify(definition) };
}
