export { type EmbeddedStore, type EmbeddedStoreOptions, openEmbeddedStore } from './embedded/store.ts';
export { type CreateHuntingOptions, createHunting } from './hunting.ts';
export * from './hunting-types.ts';
export { quoteIdentifier, quoteString } from './sql.ts';
export { insertableColumns, toKqlSchema } from './tables.ts';
export * from './types.ts';
