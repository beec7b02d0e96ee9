/** `npm start`: build what is stale, then run the server in this process. Flags after `--` go to the server. */
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildStale } from './build.mjs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Parapet needs Node.js 20.19 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}
await buildStale({ say: (line) => console.log(line) });
const main = fileURLToPath(new URL('../apps/server/dist/main.mjs', import.meta.url));
await import(pathToFileURL(main).href);
