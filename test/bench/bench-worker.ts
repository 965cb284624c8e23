import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type CampaignsService } from '#campaigns';
import { type Database } from '#database';
import { type Rate } from '#sending';
import { type BenchShop } from './bench-shop.js';

/** A worker process, as production runs it. */
export interface BenchWorker {
  pid: number;
  /** The most memory it ever held, in bytes. Linux only. */
  peakBytes(): number;
  stop(): Promise<void>;
}

export function startWorker(env: Record<string, string | undefined>): BenchWorker {
  const child = spawn(process.execPath, ['dist/apps/worker/src/main.js'], { env, stdio: ['ignore', 2, 2] });
  return {
    pid: child.pid ?? 0,
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
  const dispatchId = await launchCampaign(campaigns, shop);
  await finished(db, dispatchId);
  const counts = await db.query<{ state: string; n: number }>(
    'SELECT state, count(*) AS n FROM message WHERE dispatch_id = $1 GROUP BY state',
    [dispatchId],
  );
  if (counts.length !== 1 || counts[0]?.state !== 'accepted' || counts[0].n !== people) {
    throw new Error(`Not all mail was accepted: ${JSON.stringify(counts)}`);
  }
}

/** A campaign to everybody. @returns its dispatch */
export async function launchCampaign(
  campaigns: CampaignsService,
  shop: BenchShop,
  rate: Rate | null = null,
): Promise<number> {
  const { id } = await campaigns.create(
    {
      ...{ name: `Bench ${++campaignNumber}`, topicId: shop.topicId, segmentId: null },
      ...{ templateId: shop.templateId, productCategories: [] },
      ...(rate ? { rateMessages: rate.messages, ratePer: rate.per } : {}),
    },
    'bench',
  );
  const { dispatchId } = await campaigns.launch(id, null, 'bench');
  return dispatchId as number;
}

/** Resolves when the last message of a dispatch is settled. */
export async function finished(db: Database, dispatchId: number): Promise<void> {
  for (;;) {
    const row = await db.queryOne<{ state: string }>('SELECT state FROM dispatch WHERE id = $1', [
      dispatchId,
    ]);
    if (row?.state === 'finished') return;
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}
