import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program of ours as a process of its own, as production runs it: it can be killed. */
export interface WorkerProcess {
  kill(signal: NodeJS.Signals): void;
  /** Whether it still runs; one that is stopped (SIGSTOP) does. */
  runs(): boolean;
  /** How it ended: its exit code, or the signal. */
  ended: Promise<number | string>;
  log(): string;
}

const running = new Set<ChildProcess>();

/**
 * Starts `dist`'s worker. `npm test` compiles first, so it is the code under test.
 * @param output a file descriptor that everything it says goes to, instead of `log()`
 */
export function startWorkerProcess(
  databaseUrl: string,
  smtpUrl: string,
  env: Record<string, string> = {},
  output?: number,
): WorkerProcess {
  const sending = { SMTP_URL: smtpUrl, SENDING_POLL_MS: '100', SENDING_LEASE_SECONDS: '2' };
  return startProgram('worker', databaseUrl, { ...sending, ...env }, output);
}

/** Starts `dist`'s API on this port. */
export function startApiProcess(
  databaseUrl: string,
  port: number,
  env: Record<string, string> = {},
): WorkerProcess {
  return startProgram('api', databaseUrl, { PORT: String(port), LOG_LEVEL: 'info', ...env });
}

function startProgram(
  app: 'api' | 'worker',
  databaseUrl: string,
  env: Record<string, string>,
  output?: number,
): WorkerProcess {
  const child = spawn(process.execPath, [`dist/apps/${app}/src/main.js`], {
    env: {
      PATH: process.env['PATH'] ?? '',
      DATABASE_URL: databaseUrl,
      ITHN_SECRET: 'a-secret-for-tests-only-0123456789abcdef',
      PUBLIC_URL: 'http://ithn.test',
      LOG_LEVEL: 'warn',
      ...env,
    },
    stdio: ['ignore', output ?? 'ignore', output ?? 'pipe'],
  });
  running.add(child);
  let log = '';
  child.stderr?.on('data', (text: Buffer) => (log = (log + text.toString()).slice(-20_000)));
  const ended = once(child, 'exit').then(([code, signal]: unknown[]) => {
    running.delete(child);
    return (code ?? signal) as number | string;
  });
  return {
    kill: signal => child.kill(signal),
    runs: () => child.exitCode === null && child.signalCode === null,
    ended,
    log: () => log,
  };
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
