import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type CampaignsService } from '#campaigns';
import { type Database } from '#database';
import { type BenchShop } from './bench-shop.js';

/** A worker process, as production runs it. */
export interface BenchWorker {
  /** The most memory it ever held, in bytes. Linux only. */
  peakBytes(): number;
  stop(): Promise<void>;
}

export function startWorker(env: Record<string, string | undefined>): BenchWorker {
  const child = spawn(process.execPath, ['dist/apps/worker/src/main.js'], { env, stdio: ['ignore', 2, 2] });
  return {
    peakBytes: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^VmHWM:\s*(\d+) kB/m.exec(status)?.[1]) * 1024;
    },
    stop: () => end(child),
  };
}

let campaignNumber = 0;

/** A campaign to everybody, from its launch to its last settled message. */
export async function sendCampaign(
  campaigns: CampaignsService,
  db: Database,
  shop: BenchShop,
  people: number,
): Promise<void> {
  const campaign = await campaigns.create(
    {
      ...{ name: `Bench ${++campaignNumber}`, topicId: shop.topicId, segmentId: null },
      ...{ templateId: shop.templateId, productCategories: [] },
    },
    'bench',
  );
  const { dispatchId } = await campaigns.launch(campaign.id, null, 'bench');
  for (;;) {
    const row = await db.queryOne<{ state: string }>('SELECT state FROM dispatch WHERE id = $1', [
      dispatchId,
    ]);
    if (row?.state === 'finished') break;
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  const counts = await db.query<{ state: string; n: number }>(
    'SELECT state, count(*) AS n FROM message WHERE dispatch_id = $1 GROUP BY state',
    [dispatchId],
  );
  if (counts.length !== 1 || counts[0]?.state !== 'accepted' || counts[0].n !== people) {
    throw new Error(`Not all mail was accepted: ${JSON.stringify(counts)}`);
  }
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}
