import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, Database, EmbeddedPostgres, migrate } from '#database';

/** A PostgreSQL of its own, with the settings people run, migrated and empty. */
export interface BenchServer {
  url: string;
  db: Database;
  dataSource: Awaited<ReturnType<typeof connect>>;
  close(): Promise<void>;
}

export async function benchServer(settings: Record<string, string> = {}): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), 'ithn-bench-'));
  chmodSync(folder, 0o755);
  const server = new EmbeddedPostgres({
    dataDir: join(folder, 'postgres'),
    password: 'bench',
    settings: { shared_buffers: '512MB', work_mem: '64MB', max_wal_size: '4GB', ...settings },
  });
  const url = await server.start();
  const dataSource = await connect(url, 4);
  await migrate(dataSource);
  return {
    url,
    dataSource,
    db: new Database(dataSource),
    close: async () => {
      if (dataSource.isInitialized) await dataSource.destroy();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
