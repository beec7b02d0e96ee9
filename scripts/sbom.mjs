/**
 * The software bill of materials of Parapet, made from package-lock.json alone: CycloneDX 1.6 JSON.
 * `npm run sbom [-- <file>]` writes to standard output or to a file. The same lock file gives the same document.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { lockedPackages } from './lock.mjs';

const root = new URL('../', import.meta.url);
const own = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const lockHash = createHash('sha256')
  .update(readFileSync(new URL('package-lock.json', root)))
  .digest('hex');

/** Package URL: the @ of a scope is escaped (purl specification). */
const purl = (name, version) => `pkg:npm/${name.replace(/^@/, '%40')}@${version}`;

/** An SPDX id, or an expression of several. */
const licencesOf = (text) =>
  text === undefined ? [] : /^[\w.+-]+$/.test(text) ? [{ license: { id: text } }] : [{ expression: text }];

const packages = lockedPackages(root);
const seen = new Map();
for (const each of packages) {
  const ref = purl(each.name, each.version);
  const known = seen.get(ref);
  // Needed at run time when any of its places is.
  if (known) known.dev &&= each.dev;
  else seen.set(ref, { ...each, ref });
}

/** Where Node finds a dependency of the package at a path. */
function resolve(path, name) {
  for (let base = path; ; base = base.slice(0, base.lastIndexOf('/node_modules/'))) {
    const found = byPath.get(`${base}/node_modules/${name}`);
    if (found) return found;
    if (!base.includes('/node_modules/')) break;
  }
  return byPath.get(`node_modules/${name}`);
}
const byPath = new Map(packages.map((each) => [each.path, each]));

const components = [...seen.values()]
  .sort((a, b) => (a.ref < b.ref ? -1 : 1))
  .map((each) => {
    const [scope, name] = each.name.startsWith('@') ? each.name.split('/') : [undefined, each.name];
    return {
      type: 'library',
      'bom-ref': each.ref,
      ...(scope ? { group: scope } : {}),
      name,
      version: each.version,
      scope: each.dev || each.optional ? 'optional' : 'required',
      licenses: licencesOf(each.license),
      purl: each.ref,
      ...(each.integrity?.startsWith('sha512-')
        ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(each.integrity.slice(7), 'base64').toString('hex') }] }
        : {}),
      ...(each.dev ? { properties: [{ name: 'cdx:npm:package:development', value: 'true' }] } : {}),
    };
  });

const edges = new Map();
for (const each of packages) {
  const ref = purl(each.name, each.version);
  const to = edges.get(ref) ?? new Set();
  for (const name of each.dependencies) {
    const found = resolve(each.path, name);
    if (found) to.add(purl(found.name, found.version));
  }
  edges.set(ref, to);
}

const self = `pkg:npm/${own.name}@${own.version}`;
const sbom = {
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  serialNumber: `urn:uuid:${lockHash.slice(0, 8)}-${lockHash.slice(8, 12)}-5${lockHash.slice(13, 16)}-8${lockHash.slice(17, 20)}-${lockHash.slice(20, 32)}`,
  version: 1,
  metadata: {
    component: {
      type: 'application',
      'bom-ref': self,
      name: own.name,
      version: own.version,
      licenses: licencesOf(own.license),
      purl: self,
    },
  },
  components,
  dependencies: [...edges]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([ref, to]) => ({ ref, dependsOn: [...to].sort() })),
};
const text = `${JSON.stringify(sbom, null, 2)}\n`;
const file = process.argv[2];
if (file) writeFileSync(file, text);
else process.stdout.write(text);
