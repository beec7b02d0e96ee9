/** The packages of package-lock.json, for the checks that look at them. */
import { readFileSync } from 'node:fs';

/** @returns {{ path: string, name: string, version: string, integrity?: string, license?: string, dev: boolean, optional: boolean, scripts: boolean, dependencies: string[] }[]} */
export function lockedPackages(root) {
  const lock = JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8'));
  return Object.entries(lock.packages)
    .filter(([path, entry]) => path.includes('node_modules/') && !entry.link)
    .map(([path, entry]) => ({
      path,
      name: entry.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version: entry.version,
      integrity: entry.integrity,
      license: typeof entry.license === 'string' ? entry.license : undefined,
      dev: entry.dev === true || entry.devOptional === true,
      optional: entry.optional === true,
      scripts: entry.hasInstallScript === true,
      dependencies: Object.keys({ ...entry.dependencies, ...entry.optionalDependencies }),
    }));
}
