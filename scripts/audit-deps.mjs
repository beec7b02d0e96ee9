/**
 * What the lock file says about the packages Parapet is made of: each has an integrity hash and a licence we may ship
 * with, and none runs a script of its own at installation but those listed. Works without a network; where a registry
 * answers, its list of known vulnerabilities is asked too (`--offline` leaves that out).
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { lockedPackages } from './lock.mjs';

const root = new URL('../', import.meta.url);

const LICENCES = new Set([
  '0BSD',
  'Apache-2.0',
  'Artistic-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC-BY-4.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'MPL-2.0',
  'PostgreSQL',
  'Python-2.0',
  'Unlicense',
  'Zlib',
]);
/** Packages without a licence field in the lock file, looked at by hand. */
const LICENCE_BY_HAND = new Map([['uap-core', 'Apache-2.0']]);
/** Packages that may run a script at installation; npm is told to run none of them, and everything works without. */
const SCRIPTS = new Set(['chdb', 'core-js-pure', 'esbuild', 'fsevents', 'protobufjs']);

/** `(MIT OR GPL-3.0)`: one of the choices must be allowed. `A AND B`: both. */
function allowed(expression) {
  const text = expression.replace(/[()]/g, ' ').trim();
  if (/ OR /.test(text)) return text.split(/ OR /).some((part) => allowed(part));
  return text.split(/ AND /).every((part) => LICENCES.has(part.trim()));
}

const problems = [];
const packages = lockedPackages(root);
for (const each of packages) {
  const where = `${each.name}@${each.version}`;
  if (!/^sha512-/.test(each.integrity ?? '')) problems.push(`${where}: no sha512 integrity in package-lock.json`);
  const licence = each.license ?? LICENCE_BY_HAND.get(each.name);
  if (!licence) problems.push(`${where}: no licence in package-lock.json; look at it and list it here`);
  else if (!allowed(licence)) problems.push(`${where}: the licence ${licence} is not on the list`);
  if (each.scripts && !SCRIPTS.has(each.name)) problems.push(`${where}: runs a script at installation`);
}
console.log(`${packages.length} packages: integrity, licence and install scripts looked at.`);

if (!process.argv.includes('--offline')) {
  const audit = spawnSync('npm', ['audit', '--omit=dev', '--json'], { cwd: fileURLToPath(root), encoding: 'utf8' });
  try {
    const report = JSON.parse(audit.stdout);
    if (report.metadata) {
      const found = Object.values(report.vulnerabilities ?? {});
      for (const each of found)
        if (['high', 'critical'].includes(each.severity))
          problems.push(`${each.name}: known ${each.severity} vulnerability`);
      console.log(`The registry knows ${found.length} packages with vulnerabilities.`);
    } else console.log('No registry answered; known vulnerabilities were not looked up.');
  } catch {
    console.log('No registry answered; known vulnerabilities were not looked up.');
  }
}
for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);
