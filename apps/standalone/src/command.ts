import { parseArgs } from 'node:util';

export const help = `Ithn: consent-aware email outreach, all in one process.

  npm run demo            load sample contacts, run a campaign, show what happened, stay up
  npm start               start empty; prints a first API key once

Options (after --):
  --port NUMBER           port of the API and the pages           (default: 3000, or PORT)
  --inbox-port NUMBER     port of the sandbox inbox's SMTP server (default: 2525, or INBOX_SMTP_PORT)
  --exit                  demo: end when the campaign is done
  --json                  demo: print one JSON object as the last line
  --help                  this text

Data lives in .ithn/ (ITHN_DATA_DIR). The demo has a database of its own there and begins anew each time.
`;

export interface Command {
  name: 'demo' | 'start';
  port: string | undefined;
  inboxPort: string | undefined;
  exit: boolean;
  json: boolean;
  help: boolean;
}

/** @throws Error with a sentence for a word or an option that is not known */
export function parseCommand(args: string[]): Command {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      port: { type: 'string' },
      'inbox-port': { type: 'string' },
      exit: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [name = 'start', ...more] = positionals;
  if ((name !== 'demo' && name !== 'start') || more.length > 0) {
    throw new Error(`"${positionals.join(' ')}" is not a command; there are demo and start.`);
  }
  return {
    name,
    port: values.port,
    inboxPort: values['inbox-port'],
    exit: values.exit,
    json: values.json,
    help: values.help,
  };
}
