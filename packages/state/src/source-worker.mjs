// Starts the worker from TypeScript source; bundles start state-worker.mjs directly. The loader has to be registered
// from inside the thread: Node 20 does not hand `--import` hooks over to one.
import { register } from 'tsx/esm/api';

register();
await import('./state-worker.ts');
