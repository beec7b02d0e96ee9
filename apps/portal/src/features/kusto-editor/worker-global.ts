// The Kusto bundles look for Node's `global`. Must be imported before them.
(globalThis as { global?: typeof globalThis }).global = globalThis;

export {};
