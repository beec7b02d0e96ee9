import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LaunchOptions } from '@playwright/test';

const root = fileURLToPath(new URL('../..', import.meta.url));

const LIBRARY_FOLDERS = [
  '/lib/x86_64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu',
  '/lib64',
  '/usr/lib64',
  '/usr/lib',
  '/lib/aarch64-linux-gnu',
];

/**
 * The Chromium that ships inside its npm package, unpacked into the project's own folder: the package reuses whatever
 * `chromium` it finds in the temporary folder without checking the version.
 */
export async function launchOptions(): Promise<LaunchOptions> {
  const folder = join(root, 'node_modules', '.cache', 'parapet', 'chromium');
  mkdirSync(folder, { recursive: true });
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  // A machine without NSS gets the copies that come with the package; elsewhere the machine's own are right.
  const bare = !LIBRARY_FOLDERS.some((path) => existsSync(join(path, 'libnss3.so')));
  if (bare) process.env.AWS_LAMBDA_JS_RUNTIME ??= 'nodejs20.x';
  try {
    const { default: chromium } = await import('@sparticuz/chromium');
    const executablePath = await chromium.executablePath();
    const libraries = join(folder, 'al2023', 'lib');
    const fonts = join(folder, 'fonts');
    const env: Record<string, string> = {};
    for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value;
    env.TMPDIR = before ?? '/tmp';
    // The package's own file names folders of another machine; without a font Chromium ends.
    const config = join(folder, 'fonts.conf');
    writeFileSync(
      config,
      `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${fonts}</dir><dir>/usr/share/fonts</dir><cachedir>${join(folder, 'fonts-cache')}</cachedir></fontconfig>`,
    );
    env.FONTCONFIG_FILE = config;
    if (bare && existsSync(libraries))
      env.LD_LIBRARY_PATH = [libraries, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
    return {
      executablePath,
      env,
      args: [
        '--no-sandbox',
        '--use-gl=angle',
        '--use-angle=swiftshader',
        '--enable-unsafe-swiftshader',
        '--font-render-hinting=none',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    };
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}
