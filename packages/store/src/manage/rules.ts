import { ParapetError, type TableRules } from '@parapet/schema';
import type { Context } from './context.ts';

interface RulesRow {
  readonly table_name: string;
  readonly retention_days: number | null;
  readonly retention_bytes: number | null;
  readonly archive_after_days: number | null;
}

export const NO_RULES: TableRules = { retentionDays: null, retentionBytes: null, archiveAfterDays: null };
/** Stands for all tables that have no rules of their own. */
export const ALL = '*';

const toRules = (row: RulesRow): TableRules => ({
  retentionDays: row.retention_days,
  retentionBytes: row.retention_bytes === null ? null : Number(row.retention_bytes),
  archiveAfterDays: row.archive_after_days,
});

/** How long and how the rows of tables are kept. Nothing is removed until somebody says so. */
export class Rules {
  constructor(private readonly context: Context) {}

  private async all(): Promise<ReadonlyMap<string, TableRules>> {
    const rows = await this.context.db.query<RulesRow>('select * from store_rules');
    return new Map(rows.map((row) => [row.table_name, toRules(row)]));
  }

  async own(): Promise<ReadonlyMap<string, TableRules>> {
    const rules = new Map(await this.all());
    rules.delete(ALL);
    return rules;
  }

  async defaults(): Promise<TableRules> {
    return (await this.all()).get(ALL) ?? NO_RULES;
  }

  /** @param table a name or `*`; @param rules null makes the table follow the rules of all tables again */
  async set(table: string, rules: TableRules | null, by: string): Promise<TableRules> {
    if (table !== ALL && !this.context.schema.byName.has(table))
      throw new ParapetError('unknown_table', 404, `There is no table named ${table}.`);
    if (rules === null) await this.context.db.query('delete from store_rules where table_name = $1', [table]);
    else
      await this.context.db.query(
        `insert into store_rules (table_name, retention_days, retention_bytes, archive_after_days, changed_by, changed_at)
         values ($1, $2, $3, $4, $5, $6) on conflict (table_name) do update set retention_days = excluded.retention_days,
         retention_bytes = excluded.retention_bytes, archive_after_days = excluded.archive_after_days,
         changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
        [table, rules.retentionDays, rules.retentionBytes, rules.archiveAfterDays, by, new Date()],
      );
    return (await this.all()).get(table) ?? this.defaults();
  }
}
