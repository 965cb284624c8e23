import { parseArgs } from 'node:util';
import { StartError } from './start-error.js';

export const help = `Ithn: consent-aware email and SMS outreach, all in one process.

  npm run demo            load sample contacts, run a campaign, show what happened, stay up
  npm start               start empty; prints a first API key once

Options, after a "--" as in npm run demo -- --exit:
  --port NUMBER           port of the API and the pages            (default 3000, or PORT; 0: a free one)
  --inbox-port NUMBER     port of the sandbox inbox's SMTP server  (default 2525, or INBOX_SMTP_PORT)
  --inbox-sms-port NUMBER port of the sandbox phone's SMS API      (default 2580, or INBOX_SMS_PORT;
                          behind an inbox port of your own, the next one)
  --exit                  demo: end when the campaign is done
  --json                  demo: print one JSON object as the last line of stdout
  --new-key               start: make another API key and print it, when the first was lost
  --help                  this text

Data lives in .ithn/ (ITHN_DATA_DIR); removing that folder begins anew. The demo has a database of its own in it and
begins anew each time. Every setting: docs/configuration.md.
`;

export interface Command {
  name: 'demo' | 'start';
  port: string | undefined;
  inboxPort: string | undefined;
  inboxSmsPort: string | undefined;
  exit: boolean;
  json: boolean;
  newKey: boolean;
  help: boolean;
}

const demoOnly = ['exit', 'json'] as const;

/** @throws StartError with a sentence for a word or an option that is not known */
export function parseCommand(args: string[]): Command {
  const { values, positionals } = read(args);
  const [name = 'start', ...more] = positionals;
  if ((name !== 'demo' && name !== 'start') || more.length > 0) {
    throw new StartError(
      `"${positionals.join(' ')}" is not a command; there are demo and start (see --help).`,
    );
  }
  const misplaced =
    name === 'start' ? demoOnly.find(option => values[option]) : values['new-key'] ? 'new-key' : undefined;
  if (misplaced) {
    throw new StartError(
      `--${misplaced} belongs to ${name === 'start' ? '"npm run demo"' : '"npm start"'} (see --help).`,
    );
  }
  for (const option of ['port', 'inbox-port', 'inbox-sms-port'] as const)
    requirePortNumber(option, values[option]);
  return {
    name,
    port: values.port,
    inboxPort: values['inbox-port'],
    inboxSmsPort: values['inbox-sms-port'],
    exit: values.exit,
    json: values.json,
    newKey: values['new-key'],
    help: values.help,
  };
}

function read(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        port: { type: 'string' },
        'inbox-port': { type: 'string' },
        'inbox-sms-port': { type: 'string' },
        exit: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        'new-key': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    });
  } catch (error) {
    // Node's own words go on to explain its parser; the first sentence is what a person needs.
    const [sentence] = (error as Error).message.split(/\. |\n/);
    throw new StartError(`${sentence}. The options are listed by --help.`, error);
  }
}

function requirePortNumber(option: string, value: string | undefined): void {
  if (value === undefined || (/^\d{1,5}$/.test(value) && Number(value) <= 65_535)) return;
  throw new StartError(`--${option} needs a number from 0 to 65535; "${value}" is not one.`);
}
