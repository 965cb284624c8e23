import { type Command } from './command.js';
import { explainError } from './explain-error.js';
import { preflight } from './preflight.js';
// Not `{ type Program }`, which would load the program: it is loaded when nothing is left to refuse.
import type { Program } from './program.js';
import { endSignals } from './signals.js';
import { StartError } from './start-error.js';
import { type Terminal } from './terminal.js';
import { UndoStack } from './undo-stack.js';

/** A terminal, npm and a launcher may each pass on the same Ctrl-C; a second one in earnest comes later. */
const SAME_SIGNAL_MS = 700;
const PARENT_EVERY_MS = 500;
/** Longer than it takes to see that the database's process is no more. */
const NOTICE_MS = 1500;

/** One run of the program, from the first step to the exit. */
export class Session {
  readonly #undo = new UndoStack();
  /** What is under way: the end waits for it. */
  #working: Promise<unknown> = Promise.resolve();
  #folder: string | null = null;
  #endingSince = 0;
  #program: Program | null = null;

  constructor(
    private readonly command: Command,
    private readonly terminal: Terminal,
  ) {}

  async run(): Promise<void> {
    for (const signal of endSignals) process.on(signal, () => this.#onSignal());
    this.#endWithNpm();
    // Whoever read the output has gone (`| head`): there is nobody left to work for.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => void this.#end(0));
    // A connection that breaks with nobody waiting for an answer on it is opened again by whoever needs it next.
    process.on('uncaughtException', error => (isLostConnection(error) ? undefined : this.#fail(error)));
    process.on('unhandledRejection', error => (isLostConnection(error) ? undefined : this.#fail(error)));
    try {
      const program = await this.#do(this.#start());
      this.#program = program;
      await (this.command.name === 'demo' ? this.#runDemo(program) : this.#showKey(program));
    } catch (error) {
      // If the database went away, that is the reason, and it is noticed in a moment.
      if (explainError(error, this.#folder) === null)
        await new Promise(resolve => setTimeout(resolve, NOTICE_MS));
      this.#fail(error);
    }
  }

  async #start(): Promise<Program> {
    const ready = await preflight(this.command, this.terminal, this.#undo);
    this.#folder = ready.folder;
    this.terminal.doing('loading');
    const { startProgram } = await import('./program.js');
    this.#undo.goOn();
    const onGone = (): void => this.#fail(new StartError(databaseGone));
    return startProgram(ready, this.command.name === 'demo', this.terminal, this.#undo, onGone);
  }

  async #runDemo(program: Program): Promise<void> {
    const [{ scopes }, { ApiClient }, { runDemo }] = await Promise.all([
      import('./program.js'),
      import('./demo/api-client.js'),
      import('./demo/run-demo.js'),
    ]);
    const { secret } = await program.keys.create('demo', scopes, 'demo');
    const api = new ApiClient(program.localUrl, secret, () => this.#undo.goOn());
    const { result, preferencePage, signUpPage } = await this.#do(runDemo(program, api, this.terminal));
    if (this.command.json) await write(`${JSON.stringify(result)}\n`);
    if (this.command.exit) return this.#end(0);
    this.#showLinks(program, preferencePage, signUpPage);
    this.terminal.heading('Ask the API');
    this.terminal.say(`    curl -H 'Authorization: Bearer ${secret}' ${program.localUrl}/v1/campaigns`);
    this.terminal.say('\n  Press Ctrl-C to stop.');
  }

  async #showKey(program: Program): Promise<void> {
    const { scopes } = await import('./program.js');
    const first = await program.keys.isFirst();
    if (first || this.command.newKey) {
      const { secret } = await program.keys.create(first ? 'first' : 'another', scopes, 'start');
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

  #showLinks(
    { localUrl, publicUrl, inbox, phone }: Program,
    preferencePage: string | null,
    signUpPage: string | null = null,
  ): void {
    this.terminal.heading('Open in a browser');
    if (inbox) this.terminal.entry('The sandbox inbox', `${localUrl}/inbox`);
    if (phone) this.terminal.entry('SMS, as phones show them', `${localUrl}/inbox/phones`);
    if (preferencePage) this.terminal.entry("A customer's preferences", preferencePage);
    if (signUpPage) this.terminal.entry('A form to sign up with', signUpPage);
    this.terminal.entry('The API, described', `${localUrl}/docs`);
    if (publicUrl !== localUrl) this.terminal.entry('Customers come by', publicUrl);
  }

  /** npm passes a signal to the shell between it and us, which dies of it without a word. */
  #endWithNpm(): void {
    if (process.env['npm_lifecycle_event'] === undefined) return;
    const shell = process.ppid;
    const watch = setInterval(() => {
      if (process.ppid === shell) return;
      clearInterval(watch);
      this.#onSignal();
    }, PARENT_EVERY_MS);
    watch.unref();
  }

  /** Does a part of the work, unless the end has begun; the end waits for it. */
  #do<T>(work: Promise<T>): Promise<T> {
    this.#working = work;
    return work.finally(() => this.#undo.goOn());
  }

  #fail(error: unknown): void {
    // What fails because the end has begun is no news.
    if (this.#endingSince > 0) return;
    const sentence = explainError(error, this.#folder);
    this.terminal.clear();
    // Every part would now tell in its own way that the database is gone.
    if (this.#program && sentence !== null) this.#program.logger.level = 'silent';
    process.stderr.write(`\n${sentence ?? `Ithn failed, by a fault of its own:\n${whole(error)}`}\n`);
    void this.#end(1);
  }

  /** Ends with everything stopped in order: no request, message or transaction is cut off, and PostgreSQL sleeps. */
  async #end(code: number): Promise<void> {
    if (this.#endingSince > 0) return;
    this.#endingSince = Date.now();
    this.#undo.close();
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

const databaseGone =
  'PostgreSQL was ended from outside, so Ithn ends too. Start it again; what was committed is safe.';

function whole(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** How pg and its server say that the connection is no more (57P..: appendix A of PostgreSQL's manual). */
function isLostConnection(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return (
    /^(?:57P0\d|ECONNRESET|EPIPE)$/.test(code) ||
    /connection terminated|postmaster exit|not queryable/i.test(message)
  );
}
