import { ApiKeysService, scopes } from '#access';
import { type Command } from './command.js';
import { ApiClient } from './demo/api-client.js';
import { runDemo } from './demo/run-demo.js';
import { explainError } from './explain-error.js';
import { type Program, startProgram } from './program.js';
import { endSignals } from './signals.js';
import { type Terminal } from './terminal.js';
import { UndoStack } from './undo-stack.js';

/** A terminal, npm and a launcher may each pass on the same Ctrl-C; a second one in earnest comes later. */
const SAME_SIGNAL_MS = 700;

/** One run of the program, from the first step to the exit. */
export class Session {
  readonly #undo = new UndoStack();
  #starting: Promise<Program> | null = null;
  #program: Program | null = null;
  #working: Promise<unknown> = Promise.resolve();
  #endingSince = 0;

  constructor(
    private readonly command: Command,
    private readonly terminal: Terminal,
  ) {}

  async run(): Promise<void> {
    for (const signal of endSignals) process.on(signal, () => this.#onSignal());
    // Whoever read the output has gone (`| head`): there is nobody left to work for.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => void this.#end(0));
    const fail = (error: unknown): void => this.#fail(error);
    process.on('uncaughtException', fail);
    process.on('unhandledRejection', fail);
    try {
      this.#starting = startProgram(this.command, this.terminal, this.#undo, fail);
      this.#program = await this.#starting;
      this.#undo.goOn();
      await (this.command.name === 'demo' ? this.#demo(this.#program) : this.#start(this.#program));
    } catch (error) {
      fail(error);
    }
  }

  async #demo(program: Program): Promise<void> {
    const keys = program.app.get(ApiKeysService, { strict: false });
    const { secret } = await keys.create('demo', scopes, 'demo');
    const running = runDemo(
      program,
      new ApiClient(program.localUrl, secret, () => this.#undo.goOn()),
      this.terminal,
    );
    this.#working = running;
    const { result, preferencePage } = await running;
    if (this.command.json) await write(`${JSON.stringify(result)}\n`);
    if (this.command.exit) return this.#end(0);
    this.#showLinks(program, preferencePage);
    this.terminal.entry("The demo's API key", secret);
    this.terminal.say('\n  Press Ctrl-C to stop.');
  }

  async #start(program: Program): Promise<void> {
    const keys = program.app.get(ApiKeysService, { strict: false });
    const first = await keys.isFirst();
    if (first || this.command.newKey) {
      const { secret } = await keys.create(first ? 'first' : 'another', scopes, 'start');
      this.terminal.heading(
        first ? 'Your first API key, shown this once' : 'Another API key, shown this once',
      );
      this.terminal.say(`    ${secret}`);
    }
    this.#showLinks(program, null);
    if (!first && !this.command.newKey) {
      this.terminal.say('\n  Your API key was shown at the first start. Lost? npm start -- --new-key');
    }
    this.terminal.say('\n  Press Ctrl-C to stop.');
  }

  #showLinks({ localUrl, publicUrl, inbox }: Program, preferencePage: string | null): void {
    this.terminal.heading('Open in a browser');
    if (inbox) this.terminal.entry('The sandbox inbox', `${localUrl}/inbox`);
    if (preferencePage) this.terminal.entry("A customer's preferences", preferencePage);
    this.terminal.entry('The API, described', `${localUrl}/docs`);
    if (publicUrl !== localUrl) this.terminal.entry('Customers come by', publicUrl);
  }

  #fail(error: unknown): void {
    // What fails because the end has begun is no news.
    if (this.#endingSince > 0) return;
    const sentence = explainError(error, this.#program?.folder ?? null);
    const whole = (error as Error | undefined)?.stack ?? String(error);
    this.terminal.clear();
    process.stderr.write(
      sentence === null ? `\nIthn failed, by a fault of its own:\n${whole}\n` : `\n${sentence}\n`,
    );
    void this.#end(1);
  }

  /** Ends with everything stopped in order: no request, message or transaction is cut off, and PostgreSQL sleeps. */
  async #end(code: number): Promise<void> {
    if (this.#endingSince > 0) return;
    this.#endingSince = Date.now();
    this.#undo.close();
    // Whatever is being started, or asked of the API, is let finish, so that nothing is cut off in the middle.
    await this.#starting?.catch(() => undefined);
    await this.#working.catch(() => undefined);
    await this.#undo.run();
    process.exit(code);
  }

  #onSignal(): void {
    if (this.#endingSince === 0) {
      this.terminal.say('\nStopping; what is in hand is finished first.');
      void this.#end(0);
    } else if (Date.now() - this.#endingSince > SAME_SIGNAL_MS) {
      process.stderr.write('\nEnded at once. The next start puts in order what was left.\n');
      process.exit(1);
    }
  }
}

function write(text: string): Promise<void> {
  return new Promise(resolve => process.stdout.write(text, () => resolve()));
}
