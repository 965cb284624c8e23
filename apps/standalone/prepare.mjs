/** Brings a fresh or a changed working copy to where the program can start. Plain JavaScript: nothing is built yet. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { clearInterval, setInterval, setTimeout } from 'node:timers';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const dist = join(root, 'dist');
const main = join(dist, 'apps', 'standalone', 'src', 'main.js');

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Something that the person before the terminal can mend. */
class Trouble extends Error {}

/** @returns whether the program can start; if not, why was said. */
export default async function prepare() {
  const onSignal = signal => {
    // npm tidies up before it ends, and until then nobody else may install here. A half installation is not taken for a
    // whole one: npm did not come to the end of it, and the next start sees that.
    if (!child) process.exit(1);
    child.once('close', () => process.exit(1)).kill(signal);
    setTimeout(() => child?.kill('SIGKILL'), 5000);
  };
  for (const signal of signals) process.on(signal, onSignal);
  // npm passes a signal to the shell between it and us, which dies of it without a word.
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    onSignal('SIGTERM');
  }, 500);
  try {
    checkOptions();
    if (!isInstalled() || !isBuilt()) {
      await alone(async () => {
        // Asked again: another start may have done it meanwhile.
        if (!isInstalled()) await install();
        if (!isBuilt()) await build();
      });
    }
    process.setSourceMapsEnabled(true);
    return true;
  } catch (error) {
    process.stderr.write(`\n${sentence(error)}\n`);
    process.exitCode = 1;
    return false;
  } finally {
    clearInterval(watch);
    for (const signal of signals) process.off(signal, onSignal);
  }
}

function sentence(error) {
  if (error instanceof Trouble) return error.message;
  if (error.code === 'ENOSPC') return 'The disk is full. Free some space and try again.';
  if (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS') {
    return (
      `Ithn has to be installed or built anew, and may not write to ${dirname(error.path ?? main)}. ` +
      'Use the account that owns it, or a copy of your own.'
    );
  }
  return error.stack;
}

/** `npm run demo --exit`, without the "--", gives the option to npm, which only passes it on like this. */
function checkOptions() {
  const kept = ['exit', 'port', 'inbox-port', 'new-key'].find(
    option => process.env[`npm_config_${option.replaceAll('-', '_')}`] !== undefined,
  );
  if (kept === undefined) return;
  const command = process.argv[2] === 'demo' ? 'npm run demo' : 'npm start';
  throw new Trouble(`npm kept --${kept} for itself. Put a "--" before the options:  ${command} -- --${kept}`);
}

// Installing

const readJson = (...path) => JSON.parse(readFileSync(join(root, ...path), 'utf8'));

/**
 * Compares npm's own note of what it installed, written when all is done, with package-lock.json. What npm left out is
 * no fault unless the project asks for it by name: other platforms' packages and optional ones are left out rightly.
 */
function isInstalled() {
  let installed;
  try {
    installed = readJson('node_modules', '.package-lock.json').packages;
  } catch {
    return false;
  }
  const { packages } = readJson('package-lock.json');
  const { dependencies, devDependencies } = readJson('package.json');
  return (
    Object.keys({ ...dependencies, ...devDependencies }).every(name => `node_modules/${name}` in installed) &&
    Object.entries(installed).every(([path, { version }]) => packages[path]?.version === version)
  );
}

async function install() {
  const folder = join(root, 'node_modules');
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) {
    // npm would empty the folder behind the link, which others may live on.
    throw new Trouble(
      `${folder} is a link to another folder, and not up to date. Remove the link, or run npm ci there.`,
    );
  }
  const wanted = Object.entries(readJson('package-lock.json').packages)
    .filter(([path, entry]) => path !== '' && !entry.optional)
    .map(([path]) => join(root, path, 'package.json'));
  const progress = startProgress('Installing what Ithn needs, once', () => {
    const done = wanted.filter(file => existsSync(file)).length;
    return `${Math.floor((100 * done) / wanted.length)} %`;
  });
  let { code, said } = await npmCi();
  // What an interrupted npm left behind can stand in its own way.
  if (code !== 0 && /ENOTEMPTY|EEXIST/.test(said)) {
    rmSync(folder, { recursive: true, force: true });
    ({ code, said } = await npmCi());
  }
  progress.end(code === 0);
  if (code !== 0) throw new Trouble(explainNpm(said));
}

/** Whatever the caller's environment says, the build needs the development packages and the demo the optional ones. */
function npmCi() {
  const [command, first] = npm();
  const quiet = ['--no-audit', '--no-fund', '--no-progress', '--no-update-notifier', '--loglevel=error'];
  return run(command, [...first, 'ci', '--include=dev', '--include=optional', ...quiet]);
}

/** The very npm that runs this, when it is one. */
function npm() {
  const path = process.env.npm_execpath;
  if (path && /^npm-cli\.c?js$/.test(basename(path))) return [process.execPath, [path]];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm', []];
}

function explainNpm(said) {
  if (/ENOSPC|EDQUOT/.test(said))
    return 'The disk is full: Ithn needs about 600 MB. Free some space and try again.';
  if (/ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH/.test(said)) {
    const reason = /request to \S+ failed, reason: .*/.exec(said)?.[0];
    return (
      "The npm registry cannot be reached. Check the network and npm's proxy settings, then try again." +
      (reason ? `\nnpm says: ${reason}` : '')
    );
  }
  if (/\b(EACCES|EPERM|EROFS)\b/.test(said)) {
    return `npm may not write to ${join(root, 'node_modules')}. Use the account that owns it, or a copy of your own.`;
  }
  if (/spawn npm\S* ENOENT|is not recognized/.test(said)) {
    return 'There is no npm here. Install Node together with npm from https://nodejs.org and try again.';
  }
  return `The installation failed. npm says:\n${tail(said)}`;
}

const tail = text => text.trim().split('\n').slice(-12).join('\n');

// Building

/** By content, not by time: `git pull`, a stash or an unpacked archive may bring files that are older than the build. */
function sourceMark() {
  const hash = createHash('sha256');
  const add = path => {
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).sort()) add(join(path, name));
    } else if (/\.(ts|json)$/.test(path)) {
      hash.update(`${path.slice(root.length)}\0`).update(readFileSync(path));
    }
  };
  for (const name of ['apps', 'libs', 'tsconfig.json', 'package-lock.json']) add(join(root, name));
  return hash.digest('hex');
}

const builtMark = join(dist, '.built');

function isBuilt() {
  return existsSync(main) && existsSync(builtMark) && readFileSync(builtMark, 'utf8') === sourceMark();
}

async function build() {
  const mark = sourceMark();
  // The compiler would trust its notes and not write again what somebody removed.
  if (!existsSync(main)) rmSync(join(dist, '.tsbuildinfo'), { force: true });
  const progress = startProgress('Building');
  // The types were checked before this was published; `npm run check` checks them anew.
  const { code, said } = await run(process.execPath, [
    join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
    ...['-p', join(root, 'tsconfig.json'), '--noCheck'],
  ]);
  progress.end(code === 0);
  if (code !== 0) throw new Trouble(`The build failed. The compiler says:\n${tail(said)}`);
  writeFileSync(builtMark, mark);
}

// Help for both

/** Two starts at once must not install into each other: the second waits. */
const lock = join(dist, '.preparing');

async function alone(work) {
  mkdirSync(dist, { recursive: true });
  for (let told = false; !take(); told = true) {
    if (!told)
      process.stderr.write('Another start of Ithn is installing or building here; waiting for it...\n');
    await new Promise(resolve => setTimeout(resolve, 300));
  }
  const release = () => rmSync(lock, { force: true });
  process.once('exit', release);
  try {
    await work();
  } finally {
    release();
    process.off('exit', release);
  }
}

function take() {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  try {
    const age = Date.now() - statSync(lock).mtimeMs;
    const pids = readFileSync(lock, 'utf8').split(' ').map(Number).filter(Boolean);
    // Empty for the instant in which it is being written.
    if (pids.length === 0 ? age > 2000 : !pids.some(isAlive)) rmSync(lock, { force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  return false;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** What runs at the moment, to be ended with this process. */
let child;

/** Runs a program to its end and keeps what it says, to be shown only if it fails. */
function run(command, args) {
  // What was said to the outer npm (`npm run --silent`) is not meant for the inner one.
  const notMeant = ['npm_config_loglevel', 'npm_config_json'];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !notMeant.includes(name)));
  return new Promise(resolve => {
    let said = '';
    child = spawn(command, args, {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: command.endsWith('.cmd'),
    });
    // An npm whose launcher was killed goes on: it is waited for like a launcher.
    if (child.pid) writeFileSync(lock, `${process.pid} ${child.pid}`);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', data => (said += data));
    child.on('error', error => {
      child = undefined;
      resolve({ code: 1, said: `${error.message}\n${said}` });
    });
    child.on('close', code => {
      child = undefined;
      resolve({ code: code ?? 1, said });
    });
  });
}

/** Shows that something goes on: a line written over in a terminal, else a line now and then. */
function startProgress(text, state = () => '') {
  const out = process.stderr;
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 1000);
  let saidAt = 0;
  const show = () => {
    const words = [state(), `${seconds()} s`].filter(Boolean).join(', ');
    if (out.isTTY) return out.write(`\r  … ${text}: ${words}\u001b[K`);
    if (seconds() - saidAt < 10) return;
    saidAt = seconds();
    out.write(`    ${words}\n`);
  };
  if (!out.isTTY) out.write(`  ${text}...\n`);
  const timer = setInterval(show, 500);
  return {
    end(good) {
      clearInterval(timer);
      if (out.isTTY) out.write('\r\u001b[K');
      if (good) out.write(`  ✓ ${text} (${seconds()} s)\n`);
    },
  };
}
