export * from './hunting-types.ts';
export * from './types.ts';
