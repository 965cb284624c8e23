import { help, parseCommand } from './command.js';
import { endSignals } from './signals.js';
import { StartError } from './start-error.js';
import { Terminal } from './terminal.js';

/** Answers at once what can be answered at once; the program itself, with all it needs, is loaded after that. */
async function main(): Promise<void> {
  const command = parseCommand(process.argv.slice(2));
  if (command.help) return void process.stdout.write(help);
  // Until the session knows better, nothing is begun and an end is simply an end.
  const leave = (): never => process.exit(0);
  for (const signal of endSignals) process.on(signal, leave);
  const terminal = new Terminal(command.json);
  terminal.heading(command.name === 'demo' ? 'Ithn demo' : 'Ithn');
  terminal.doing('loading');
  const { Session } = await import('./session.js');
  for (const signal of endSignals) process.off(signal, leave);
  await new Session(command, terminal).run();
}

main().catch((error: unknown) => {
  if (!(error instanceof StartError)) throw error;
  process.stderr.write(`\n${error.message}\n`);
  process.exitCode = 1;
});
