/**
 * `npm run check`: everything that can be known without running the product. All of it runs, then it says what failed.
 */
import { spawnSync } from 'node:child_process';

const node = process.execPath;
const checks = [
  ['format', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']],
  ['lint', ['node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.']],
  ['types', ['node_modules/typescript/bin/tsc']],
  ['order of libs', ['node_modules/dependency-cruiser/bin/dependency-cruise.mjs', 'libs', 'apps', 'test']],
  ['generated files', ['dist/apps/api/src/openapi/write-openapi.js', '--check']],
  ['configuration table', ['dist/libs/config/src/write-configuration.js', '--check']],
  ['law packs table', ['dist/libs/consent/src/law-packs/write-law-packs.js', '--check']],
];

if (process.argv.includes('--help')) {
  console.log(`npm run check: ${checks.map(([name]) => name).join(', ')}.`);
  process.exit(0);
}

const failed = [];
for (const [name, args] of checks) {
  const started = Date.now();
  const { status } = spawnSync(node, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? '✓' : '✗'} ${name} (${seconds} s)`);
  if (status !== 0) failed.push(name);
}
console.log(failed.length === 0 ? '\nAll checks passed.' : `\nFailed: ${failed.join(', ')}.`);
process.exit(failed.length === 0 ? 0 : 1);
