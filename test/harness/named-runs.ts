import { parseArgs } from 'node:util';

/** Something that `npm run bench` or `npm run chaos` does by its name. */
export interface NamedRun {
  name: string;
  /** One line for `--help`. */
  about: string;
  /** Options and their defaults. */
  options: Record<string, string>;
  /**
   * @param say tells a person what is being done.
   * @returns what `--json` prints; `broken` names the promises that did not hold, and fails the run.
   */
  run(options: Record<string, string>, say: Say): Promise<Record<string, unknown>>;
}

export type Say = (what: string) => void;

/** Runs what the command line names; progress on stderr, the result on stdout. @returns the exit code */
export async function runNamed(command: string, runs: readonly NamedRun[]): Promise<number> {
  const [name, ...rest] = process.argv.slice(2);
  const chosen = runs.find(one => one.name === name);
  if (!chosen || rest.includes('--help')) {
    print(`npm run ${command} -- NAME [--json] [--option value]\n`);
    for (const { name, about, options } of chosen ? [chosen] : runs) {
      print(`  ${name}  ${about}`);
      for (const [option, value] of Object.entries(options)) print(`      --${option} (${value})`);
    }
    return name === undefined || name === '--help' || chosen ? 0 : 2;
  }
  const { values } = parseArgs({
    args: rest,
    options: {
      json: { type: 'boolean', default: false },
      ...Object.fromEntries(Object.keys(chosen.options).map(option => [option, { type: 'string' as const }])),
    },
  });
  const started = performance.now();
  const say = (what: string): void => {
    process.stderr.write(`  ${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${what}\n`);
  };
  const { json, ...given } = values as Record<string, string | boolean>;
  const result = await chosen.run({ ...chosen.options, ...(given as Record<string, string>) }, say);
  print(json === true ? JSON.stringify(result) : JSON.stringify(result, null, 2));
  return Array.isArray(result['broken']) && result['broken'].length > 0 ? 1 : 0;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
