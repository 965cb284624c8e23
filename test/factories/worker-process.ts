import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A worker as a process of its own, as production runs it: it can be killed. */
export interface WorkerProcess {
  kill(signal: NodeJS.Signals): void;
  /** How it ended: its exit code, or the signal. */
  ended: Promise<number | string>;
  log(): string;
}

const running = new Set<ChildProcess>();

/** Starts `dist`'s worker. `npm test` compiles first, so it is the code under test. */
export function startWorkerProcess(
  databaseUrl: string,
  smtpUrl: string,
  env: Record<string, string> = {},
): WorkerProcess {
  const child = spawn(process.execPath, ['dist/apps/worker/src/main.js'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      DATABASE_URL: databaseUrl,
      SMTP_URL: smtpUrl,
      ITHN_SECRET: 'a-secret-for-tests-only-0123456789abcdef',
      PUBLIC_URL: 'http://ithn.test',
      LOG_LEVEL: 'warn',
      SENDING_POLL_MS: '100',
      SENDING_LEASE_SECONDS: '2',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.add(child);
  let log = '';
  child.stderr.on('data', (text: Buffer) => (log = (log + text.toString()).slice(-20_000)));
  const ended = once(child, 'exit').then(([code, signal]: unknown[]) => {
    running.delete(child);
    return (code ?? signal) as number | string;
  });
  return { kill: signal => child.kill(signal), ended, log: () => log };
}

/** Whatever a failed test left behind. */
export async function killWorkerProcesses(): Promise<void> {
  await Promise.all(
    [...running].map(async child => {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    }),
  );
}
