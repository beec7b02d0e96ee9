/**
 * Build what is stale: the server bundle (esbuild) and the portal (vite). Nothing is fetched.
 * `node scripts/build.mjs --force` builds everything; `--only server|portal` builds one of them.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Every file under a folder, sorted, without tests and outputs. */
function* filesUnder(path) {
  if (!existsSync(path)) return;
  if (statSync(path).isFile()) {
    yield path;
    return;
  }
  for (const entry of readdirSync(path, { withFileTypes: true }).sort((a, b) => a.name.localeCompare(b.name))) {
    if (['node_modules', 'dist', 'test', 'bench', 'goldens'].includes(entry.name)) continue;
    yield* filesUnder(join(path, entry.name));
  }
}

/** Content hash of the inputs: the same sources give the same stamp, whatever their dates. */
function stampOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of filesUnder(join(root, path)))
      hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`);
const serverInputs = [
  ...packages.flatMap((path) => [`${path}/src`, `${path}/package.json`]),
  'packages/schema/data',
  'apps/server/src',
  'package-lock.json',
  'scripts/build.mjs',
];
const portalInputs = ['packages/schema/src', 'apps/portal', 'package-lock.json'];

/** Workspace packages are bundled; everything from the registry stays outside. */
const registryPackagesStayOutside = {
  name: 'registry-packages-stay-outside',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, (args) => {
      if (args.kind === 'entry-point' || args.path.startsWith('@parapet/')) return undefined;
      return { path: args.path, external: true };
    });
  },
};

async function buildServer(stamp) {
  const { build } = await import('esbuild');
  const outdir = join(root, 'apps', 'server', 'dist');
  rmSync(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: {
      main: 'apps/server/src/main.ts',
      cli: 'apps/server/src/cli.ts',
      'engine-host': 'packages/store/src/embedded/engine-host.ts',
      'state-worker': 'packages/state/src/state-worker.ts',
      'kql-worker': 'packages/kql/src/kql-worker.ts',
    },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: 'linked',
    // Plans of connectors are good for the code that made them.
    define: { PARAPET_CODE: JSON.stringify(stamp) },
    logLevel: 'warning',
    plugins: [registryPackagesStayOutside],
  });
  // The engine starts this one by itself, wherever it is: everything it needs is inside.
  await build({
    absWorkingDir: root,
    entryPoints: { 'kql-host': 'packages/kql/src/host/main.ts' },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    banner: { js: "import { createRequire as cr } from 'node:module'; const require = cr(import.meta.url);" },
    logLevel: 'warning',
  });
}

/** An empty state database, prepared once: it takes ten seconds that a first start then does not have to. */
async function buildStateTemplate() {
  const target = join(root, 'build', 'state-template.tgz');
  if (existsSync(target)) return;
  const { createStateTemplate } = await import(pathToFileURL(join(root, 'apps/server/dist/cli.mjs')).href);
  await createStateTemplate(target);
}

/** Connectors and rules compiled and tables made ahead: all take seconds that a start then does not have to. */
async function buildAhead() {
  const { loadHuntingSchema, prepareConnectorPlans, prepareRulePlans, prepareStoreTemplate } = await import(
    pathToFileURL(join(root, 'apps/server/dist/cli.mjs')).href
  );
  // A bundle does not know by itself where the data file lies; once read, it is known.
  loadHuntingSchema(join(root, 'packages/schema/data/hunting-schema.json'));
  await prepareConnectorPlans(join(root, 'content/connectors'), join(root, 'apps/server/dist/connector-plans.json'));
  const bundleDir = join(root, 'apps/server/dist');
  await prepareStoreTemplate({ hostPath: join(bundleDir, 'engine-host.mjs') });
  // Without them a start takes longer, no more.
  await prepareRulePlans(join(root, 'content/detections'), {
    file: join(bundleDir, 'rule-plans.json.gz'),
    bundleDir,
  }).catch((error) => console.warn('The detection rules could not be compiled ahead:', error));
}

async function buildPortal() {
  const { build } = await import('vite');
  await build({ root: join(root, 'apps/portal'), logLevel: 'warn' });
}

/** @returns names of what was built */
export async function buildStale({ force = false, only, say = () => {} } = {}) {
  mkdirSync(join(root, 'build'), { recursive: true });
  const done = [];
  const parts = [
    { name: 'server', inputs: serverInputs, output: 'apps/server/dist/main.mjs', work: buildServer },
    { name: 'portal', inputs: portalInputs, output: 'apps/portal/dist/index.html', work: buildPortal },
  ];
  for (const part of parts) {
    if (only && only !== part.name) continue;
    const stampFile = join(root, 'build', `${part.name}.stamp`);
    const stamp = stampOf(part.inputs);
    const fresh =
      !force &&
      existsSync(join(root, part.output)) &&
      existsSync(stampFile) &&
      readFileSync(stampFile, 'utf8') === stamp;
    if (fresh) continue;
    const started = Date.now();
    say(`Building the ${part.name}…`);
    await part.work(stamp);
    writeFileSync(stampFile, stamp);
    say(`Built the ${part.name} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
    done.push(part.name);
  }
  const plansStamp = join(root, 'build', 'connector-plans.stamp');
  const plans = stampOf([...serverInputs, 'content/connectors', 'content/detections']);
  if (
    only !== 'portal' &&
    !(
      existsSync(join(root, 'apps/server/dist/connector-plans.json')) &&
      existsSync(plansStamp) &&
      readFileSync(plansStamp, 'utf8') === plans
    )
  ) {
    const started = Date.now();
    say('Compiling connectors and rules and making empty tables…');
    await buildAhead();
    writeFileSync(plansStamp, plans);
    say(`Done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }
  if (only !== 'portal' && !existsSync(join(root, 'build', 'state-template.tgz'))) {
    const started = Date.now();
    say('Preparing an empty state database…');
    await buildStateTemplate();
    say(`Prepared it in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }
  return done;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const onlyAt = process.argv.indexOf('--only');
  await buildStale({
    force: process.argv.includes('--force'),
    only: onlyAt > 0 ? process.argv[onlyAt + 1] : undefined,
    say: (line) => console.log(line),
  });
}
