export { DatabaseError, isForeignKeyViolation, isUniqueViolation } from './errors.ts';
export { createJobs, jobsMigrations } from './jobs.ts';
export { type OpenStateOptions, openState, type StateLog } from './open.ts';
export {
  appendOutbox,
  createOutboxRelay,
  type OutboxItem,
  type OutboxRelay,
  type OutboxRelayOptions,
  type OutboxStatus,
  outboxMigrations,
} from './outbox.ts';
export { createMemorySealer, createSealer, type KeyRing, type Sealer } from './sealer.ts';
export { createStateTemplate } from './template.ts';
export * from './types.ts';
