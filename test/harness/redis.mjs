import { spawn } from 'node:child_process';
import { createServer, connect } from 'node:net';

/** A throw-away redis-server on a free port, or null where the program is not installed. */
export async function startRedis() {
  const port = await freePort();
  const child = spawn(
    'redis-server',
    ['--port', String(port), '--save', '', '--maxmemory-policy', 'noeviction'],
    {
      stdio: 'ignore',
    },
  );
  const started = await new Promise(resolve => {
    child.once('error', () => resolve(false));
    child.once('exit', () => resolve(false));
    void waitForPort(port).then(() => resolve(true));
  });
  if (!started) return null;
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: () =>
      new Promise(resolve => {
        child.once('exit', resolve);
        child.kill('SIGTERM');
      }),
  };
}

async function waitForPort(port) {
  for (;;) {
    const open = await new Promise(resolve => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => (socket.destroy(), resolve(true)));
      socket.once('error', () => resolve(false));
    });
    if (open) return;
    await new Promise(resolve => setTimeout(resolve, 20).unref());
  }
}

function freePort() {
  return new Promise(resolve => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
