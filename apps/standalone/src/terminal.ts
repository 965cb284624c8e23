/** What the program says to the person before it: on stdout, or on stderr when stdout belongs to `--json`. */
export class Terminal {
  readonly #out: NodeJS.WriteStream;
  #lineOpen = false;

  constructor(json: boolean) {
    this.#out = json ? process.stderr : process.stdout;
  }

  say(text = ''): void {
    this.#endLine();
    this.#out.write(`${text}\n`);
  }

  heading(text: string): void {
    this.say(`\n${this.#style(1, text)}`);
  }

  done(text: string): void {
    this.say(`  ${this.#style(32, '✓')} ${text}`);
  }

  /** A line that is written over as work goes on; without a terminal only the last of it is printed. */
  progress(label: string, done: number, total: number): void {
    if (!this.#out.isTTY) return;
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const bar = '█'.repeat(Math.round(share * 24)).padEnd(24, '░');
    this.#out.write(`\r  ${bar} ${label} ${done}/${total}\u001b[K`);
    this.#lineOpen = true;
  }

  #endLine(): void {
    if (this.#lineOpen) this.#out.write('\r\u001b[K');
    this.#lineOpen = false;
  }

  #style(code: number, text: string): string {
    return this.#out.isTTY ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}
