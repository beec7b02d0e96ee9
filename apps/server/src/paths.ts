import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the product's own files are, from the sources or from the bundle. */
export interface Paths {
  readonly root: string;
  readonly contentDir: string;
  readonly portalDir: string;
  readonly schemaFile: string;
  /** Folder of the bundled worker files; undefined when running from the TypeScript sources. */
  readonly bundleDir: string | undefined;
  /** Prepared empty state database that makes the first start quicker, when the build made one. */
  readonly stateTemplate: string | undefined;
}

/** @param from `import.meta.url` of the entry file */
export function findPaths(from: string): Paths {
  const here = dirname(fileURLToPath(from));
  let root = here;
  while (!existsSync(join(root, 'content')) || !existsSync(join(root, 'packages'))) {
    const parent = dirname(root);
    if (parent === root) throw new Error(`The content folder was not found above ${here}.`);
    root = parent;
  }
  const bundled = from.endsWith('.mjs');
  const template = join(root, 'build', 'state-template.tgz');
  return {
    root,
    contentDir: join(root, 'content'),
    portalDir: join(root, 'apps', 'portal', 'dist'),
    schemaFile: join(root, 'packages', 'schema', 'data', 'hunting-schema.json'),
    bundleDir: bundled ? here : undefined,
    stateTemplate: existsSync(template) ? template : undefined,
  };
}
