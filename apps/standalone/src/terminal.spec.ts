import { jest } from '@jest/globals';
import { Terminal } from './terminal.js';

describe('what the program says', () => {
  let said: string;
  let spy: jest.SpiedFunction<typeof process.stderr.write>;

  beforeEach(() => {
    jest.useFakeTimers();
    said = '';
    spy = jest.spyOn(process.stderr, 'write').mockImplementation(text => {
      said += String(text);
      return true;
    });
  });
  afterEach(() => {
    spy.mockRestore();
    jest.useRealTimers();
  });

  // stdout belongs to the JSON object; a test's stderr may be a terminal or not.
  const terminal = (isTTY: boolean): Terminal => {
    Object.defineProperty(process.stderr, 'isTTY', { value: isTTY, configurable: true });
    return new Terminal(true);
  };

  it('shows progress without a terminal in a line every few seconds', () => {
    const out = terminal(false);
    for (let done = 0; done <= 1000; done += 10) {
      out.progress('rows read', done, 1000);
      jest.advanceTimersByTime(100);
    }
    expect(said).toBe('    300 of 1,000 rows read\n    600 of 1,000 rows read\n    900 of 1,000 rows read\n');
  });

  it('says nothing of progress that is quick', () => {
    const out = terminal(false);
    for (let done = 0; done <= 1000; done += 100) out.progress('rows read', done, 1000);
    expect(said).toBe('');
  });

  it('writes over the bar in a terminal, and clears it before the next line', () => {
    const out = terminal(true);
    out.progress('messages sent', 320, 640);
    expect(said).toContain(`${'█'.repeat(12)}${'░'.repeat(12)} 320 of 640 messages sent`);
    expect(said).not.toContain('\n');
    out.say('Done.');
    expect(said.endsWith('\r\u001b[KDone.\n')).toBe(true);
  });

  it('breaks prose into lines of at most eighty signs', () => {
    terminal(false).prose('word '.repeat(60).trim());
    const lines = said.trimEnd().split('\n');
    expect(lines.length).toBe(4);
    for (const line of lines) expect(line).toMatch(/^ {4}\S.{0,75}$/);
  });
});
