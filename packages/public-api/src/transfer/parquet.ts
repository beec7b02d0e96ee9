/** Incidents as a Parquet file: what people filter by in columns of their own, everything else as JSON beside them. */
import { parquetWriteBuffer } from 'hyparquet-writer';

type Wire = Readonly<Record<string, unknown>>;
const TEXTS = [
  'id',
  'displayName',
  'status',
  'severity',
  'classification',
  'determination',
  'assignedTo',
  'incidentWebUrl',
] as const;
const TIMES = ['createdDateTime', 'lastUpdateDateTime'] as const;

/** @param incidents wire incidents with their `alerts` */
export function parquetOf(incidents: readonly Wire[]): Buffer {
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const time = (value: unknown): Date | null => (typeof value === 'string' ? new Date(value) : null);
  const alerts = incidents.map((each): readonly unknown[] => (Array.isArray(each.alerts) ? each.alerts : []));
  const file = parquetWriteBuffer({
    columnData: [
      ...TEXTS.map((name) => ({
        name,
        data: incidents.map((each) => text(each[name])),
        type: 'STRING' as const,
        nullable: true,
      })),
      ...TIMES.map((name) => ({
        name,
        data: incidents.map((each) => time(each[name])),
        type: 'TIMESTAMP' as const,
        nullable: true,
      })),
      { name: 'alertCount', data: alerts.map((list) => list.length), type: 'INT32' as const },
      // Written as text: readers that do not know the JSON type read it as it is.
      {
        name: 'incident',
        data: incidents.map(({ alerts: _, ...incident }) => JSON.stringify(incident)),
        type: 'STRING' as const,
      },
      { name: 'alerts', data: alerts.map((list) => JSON.stringify(list)), type: 'STRING' as const },
    ],
  });
  return Buffer.from(file);
}
