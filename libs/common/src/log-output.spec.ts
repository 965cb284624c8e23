import { type LogFile, LogOutput } from './log-output.js';

const failure = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

/** A file that takes at most so many bytes at once, or nothing with an error. */
class File implements LogFile {
  text = '';
  trouble: string | null = null;
  most = Infinity;
  tries = 0;

  write(text: Buffer, done: (error: NodeJS.ErrnoException | null, written: number) => void): void {
    setImmediate(() => {
      try {
        done(null, this.writeSync(text));
      } catch (error) {
        done(error as NodeJS.ErrnoException, 0);
      }
    });
  }

  writeSync(text: Buffer): number {
    this.tries++;
    if (this.trouble !== null) throw failure(this.trouble);
    const part = text.subarray(0, this.most);
    this.text += part.toString();
    return part.length;
  }
}

describe('the output of a log', () => {
  let file: File;
  let output: LogOutput;
  beforeEach(() => {
    file = new File();
    output = new LogOutput(file);
  });

  it('writes every line in order, also to a file that takes a little at a time', async () => {
    file.most = 2;
    output.write('one\n');
    output.write('two\n');
    for (let i = 0; i < 10; i++) await turn();
    expect(file.text).toBe('one\ntwo\n');
  });

  it.each(['ENOSPC', 'EPIPE', 'EIO'])(
    'goes on after %s, and says later how much is missing',
    async trouble => {
      file.trouble = trouble;
      output.write('one\n');
      output.write('two\n');
      await turn();
      expect(file.tries).toBe(1);
      file.trouble = null;
      output.write('three\n');
      await turn();
      const [told, line] = file.text.split('\n') as [string, string];
      expect(JSON.parse(told)).toMatchObject({ level: 40, lines: 2 });
      expect(line).toBe('three');
    },
  );

  it('tries once at the end of the process, and no more', () => {
    file.trouble = 'ENOSPC';
    output.write('one\n');
    output.write('two\n');
    expect(() => output.flushSync()).not.toThrow();
    expect(file.tries).toBe(1);
  });

  it('keeps no more than a few megabytes for a reader that is slow', async () => {
    file.trouble = 'EAGAIN';
    for (let i = 0; i < 20; i++) output.write(`${'x'.repeat(1024 * 1024)}\n`);
    file.trouble = null;
    output.flushSync();
    expect(file.text.length).toBeLessThan(5 * 1024 * 1024);
    output.write('later\n');
    output.flushSync();
    expect(file.text).toMatch(/"lines":1\d,.*could not be written/);
    await turn();
  });
});
