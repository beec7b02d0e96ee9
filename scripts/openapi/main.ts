/** Called by `npm run docs`. */
import { fileURLToPath } from 'node:url';
import { writeApiFiles } from './write.ts';

const check = process.argv.includes('--check');
const stale = await writeApiFiles(fileURLToPath(new URL('../..', import.meta.url)), check);
if (check && stale.length > 0) {
  console.error(`${stale.join(', ')}: stale, run npm run docs.`);
  process.exit(1);
}
