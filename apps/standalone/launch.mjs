/**
 * `npm run demo` and `npm start` on a machine with nothing but Node and npm: installs what is missing, builds what is
 * stale, then hands over to the program. Plain JavaScript with no import of ours, because nothing is there yet.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const say = text => process.stderr.write(`${text}\n`);

function stop(text) {
  say(`\n${text}`);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  stop(
    `Ithn needs Node 20.19 or newer; this is ${process.versions.node}. Install a newer Node and try again.`,
  );
}

/** Installs when the lock file is not the one that was installed last. */
function install() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'node_modules', '.ithn-installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  say('Installing what Ithn needs (once; about a minute)...');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const done = spawnSync(npm, ['ci', '--no-progress', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (done.status !== 0) {
    stop(
      'The installation failed; npm says why above. Check the network and the free disk space, then try again.',
    );
  }
  writeFileSync(stamp, lock);
}

/** Builds when a source is newer than the last build. */
function build() {
  const stamp = join(root, 'dist', '.ithn-built');
  const built = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
  const sources = ['apps', 'libs', 'test', 'tsconfig.json', 'package.json'];
  if (sources.every(path => newest(join(root, path)) <= built)) return;
  say('Building...');
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const done = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.json')], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (done.status !== 0) stop('The build failed; the compiler says why above. Is this an unchanged release?');
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, '');
}

function newest(path) {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), 0);
}

function run() {
  const main = join(root, 'dist', 'apps', 'standalone', 'src', 'main.js');
  const child = spawn(process.execPath, ['--enable-source-maps', main, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  // The terminal sends Ctrl-C to both; other signals are passed on. The program decides when it is done.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

checkNode();
try {
  install();
  build();
} catch (error) {
  if (error.code === 'ENOSPC') stop('The disk is full. Free some space and try again.');
  if (error.code === 'EACCES' || error.code === 'EROFS') {
    stop(
      `This folder cannot be written to (${error.path}). Use a folder of your own, or the account that owns it.`,
    );
  }
  throw error;
}
run();
