import type { HuntingSchema, HuntingTable } from '@parapet/schema';
import type { StateDb } from '@parapet/state';
import type { Hunting } from '../hunting-types.ts';
import type { TelemetryStore } from '../types.ts';

/** What the parts of the store's management share. */
export interface Context {
  readonly store: TelemetryStore;
  readonly hunting: Hunting;
  readonly db: StateDb;
  readonly schema: HuntingSchema;
  readonly log: {
    info(details: object, message: string): void;
    warn(details: object, message: string): void;
    error(details: object, message: string): void;
  };
  /** One entry of the audit log. */
  audit(actor: string, action: string, target: string, after: unknown): Promise<void>;
  /** Tables that hold rows. */
  filledTables(): Promise<readonly HuntingTable[]>;
}
