import { ApiKeysService, scopes } from '#access';
import { help, parseCommand } from './command.js';
import { runDemo } from './demo/run-demo.js';
import { explainError } from './explain-error.js';
import { type Program, startProgram } from './program.js';
import { Terminal } from './terminal.js';

let program: Program | null = null;
let stopping = false;

async function main(): Promise<void> {
  const command = parseCommand(process.argv.slice(2));
  if (command.help) {
    process.stdout.write(help);
    return;
  }
  const terminal = new Terminal(command.json);
  terminal.heading(command.name === 'demo' ? 'Ithn demo' : 'Ithn');
  program = await startProgram(command, terminal);
  const keys = program.app.get(ApiKeysService, { strict: false });

  if (command.name === 'demo') {
    const { secret } = await keys.create('demo', scopes, 'demo');
    const result = await runDemo(program, secret, terminal);
    if (command.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    if (command.exit) return shutDown(0);
    terminal.say(`\nYour API key for this demo: ${secret}`);
  } else if (await keys.isFirst()) {
    const { secret } = await keys.create('first', scopes, 'start');
    terminal.heading('Your first API key, shown this once');
    terminal.say(`  ${secret}`);
  }
  terminal.say(`\n  The API, described   ${program.url}/docs`);
  if (program.inbox) terminal.say(`  The sandbox inbox    ${program.url}/inbox`);
  terminal.say('\nPress Ctrl-C to stop.');
}

async function shutDown(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  await program?.stop();
  process.exit(code);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void shutDown(0));

main().catch(async (error: unknown) => {
  const sentence = explainError(error);
  process.stderr.write(
    sentence === null ? `\nIthn failed:\n${(error as Error).stack ?? String(error)}\n` : `\n${sentence}\n`,
  );
  await shutDown(1);
});
