/** `npm run -s kql:batch < in.jsonl > out.jsonl`: runs from the sources, nothing to build. */
import { findPaths } from '../paths.ts';
import { runBatchCommand } from './batch-command.ts';

process.exitCode = await runBatchCommand(process.argv.slice(2), findPaths(import.meta.url));
