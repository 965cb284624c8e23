const BAR = 24;
/** Without a terminal, progress is a line now and then; in milliseconds. */
const LINE_EVERY_MS = 3000;
const WIDTH = 80;

/** What the program says to the person before it: on stdout, or on stderr when stdout belongs to `--json`. */
export class Terminal {
  readonly #out: NodeJS.WriteStream;
  #passing = false;
  #label = '';
  #saidAt = 0;

  constructor(json: boolean) {
    this.#out = json ? process.stderr : process.stdout;
  }

  say(text = ''): void {
    this.clear();
    this.#out.write(`${text}\n`);
  }

  heading(text: string): void {
    this.say(`\n${this.#style(1, text)}`);
  }

  done(text: string): void {
    this.say(`  ${this.#style(32, '✓')} ${text}`);
  }

  /** Something to know that stops nothing. */
  note(text: string): void {
    this.say(wrap(text, `  ${this.#style(33, '!')} `, '    '));
  }

  /** Prose, broken into lines. */
  prose(text: string): void {
    this.say(wrap(text, '    ', '    '));
  }

  /** A name and what it stands for, in columns. */
  entry(name: string, value: string): void {
    this.say(`    ${name.padEnd(26)} ${value}`);
  }

  /** What is being done now; the next line takes its place. */
  doing(text: string): void {
    if (this.#out.isTTY) this.#pass(`  … ${text}`);
  }

  /** How far it is: a bar that is written over; without a terminal a line every few seconds. */
  progress(label: string, done: number, total: number): void {
    const counts = `${count(done)} of ${count(total)} ${label}`;
    if (this.#out.isTTY) {
      const share = total === 0 ? 1 : Math.min(1, done / total);
      this.#pass(`  ${'█'.repeat(Math.round(share * BAR)).padEnd(BAR, '░')} ${counts}`);
      return;
    }
    const now = Date.now();
    if (label !== this.#label) [this.#label, this.#saidAt] = [label, now];
    if (now - this.#saidAt < LINE_EVERY_MS) return;
    this.#saidAt = now;
    this.say(`    ${counts}`);
  }

  #pass(line: string): void {
    this.#out.write(`\r${line}\u001b[K`);
    this.#passing = true;
  }

  /** Takes away the line that says what is being done. */
  clear(): void {
    if (this.#passing) this.#out.write('\r\u001b[K');
    this.#passing = false;
  }

  #style(code: number, text: string): string {
    return this.#out.isTTY && this.#out.hasColors() ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}

/** A number as people write it: 1,000. */
export function count(value: number): string {
  return value.toLocaleString('en');
}

function wrap(text: string, first: string, next: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + word.length + 1 <= WIDTH - next.length)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.map((line, at) => (at === 0 ? first : next) + line).join('\n');
}
