export { type EmbeddedStore, type EmbeddedStoreOptions, openEmbeddedStore } from './embedded/store.ts';
export { createExternalReader, EXTERNAL_LIMITS, type ExternalLimits, type ExternalReader } from './external.ts';
export { type CreateHuntingOptions, createHunting } from './hunting.ts';
export * from './hunting-types.ts';
export { createListItems, type ListItem, type ListItems, type ListPart, listSource } from './lists.ts';
export { quoteIdentifier, quoteString } from './sql.ts';
export { insertableColumns, toKqlSchema } from './tables.ts';
export * from './types.ts';
