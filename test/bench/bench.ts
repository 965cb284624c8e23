export interface Bench {
  name: string;
  /** One line for `--help`. */
  about: string;
  /** Options and their defaults. */
  options: Record<string, string>;
  /** @param say tells a person what is being done. @returns what `--json` prints. */
  run(options: Record<string, string>, say: (what: string) => void): Promise<Record<string, unknown>>;
}
