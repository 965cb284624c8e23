import { parseCommand } from './command.js';

describe('the command line', () => {
  it('starts when nothing is said', () => {
    expect(parseCommand([])).toMatchObject({ name: 'start', exit: false, json: false, newKey: false });
  });

  it('takes the options of the demo', () => {
    const args = ['demo', '--exit', '--json', '--port', '0', '--inbox-port=2526'];
    expect(parseCommand(args)).toMatchObject({
      name: 'demo',
      exit: true,
      json: true,
      port: '0',
      inboxPort: '2526',
    });
  });

  it.each([
    [['dmeo'], '"dmeo" is not a command; there are demo and start (see --help).'],
    [['start', 'demo'], '"start demo" is not a command; there are demo and start (see --help).'],
    [['--prot', '1'], "Unknown option '--prot'. The options are listed by --help."],
    [['--port'], "Option '--port <value>' argument missing. The options are listed by --help."],
    [['--exit=1'], "Option '--exit' does not take an argument. The options are listed by --help."],
    [['--port', 'http'], '--port needs a number from 0 to 65535; "http" is not one.'],
    [['--inbox-port', '65536'], '--inbox-port needs a number from 0 to 65535; "65536" is not one.'],
    [['--inbox-sms-port', '-1'], "Option '--inbox-sms-port' argument is ambiguous"],
    [['--inbox-sms-port', 'x'], '--inbox-sms-port needs a number from 0 to 65535; "x" is not one.'],
    [['start', '--json'], '--json belongs to "npm run demo" (see --help).'],
    [['demo', '--new-key'], '--new-key belongs to "npm start" (see --help).'],
  ])('answers %j with one sentence', (args, sentence) => {
    expect(() => parseCommand(args)).toThrow(sentence);
  });
});
