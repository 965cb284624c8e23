import { rmSync } from 'node:fs';

export default async function teardown() {
  await globalThis.testRedis?.stop();
  if (globalThis.testPostgres) {
    await globalThis.testPostgres.postgres.stop();
    rmSync(globalThis.testPostgres.folder, { recursive: true, force: true });
  }
}
