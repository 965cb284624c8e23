import { createPostgresBackend, type Processor, Queue, Worker } from 'bullmq';
import { type Config } from '#config';
import { GuardedClient } from '#database';

/** Makes BullMQ's queues and workers on the backend that the configuration chose: Redis, or PostgreSQL itself. */
export interface QueueBackend {
  readonly kind: 'redis' | 'postgres';
  queue(name: string): Queue;
  worker(name: string, processor: Processor, concurrency: number): Worker;
}

export function createQueueBackend(config: Config): QueueBackend {
  return config.REDIS_URL === undefined
    ? postgresBackend(config)
    : redisBackend(config.REDIS_URL, config.QUEUE_PREFIX);
}

const keep = { removeOnComplete: { count: 100 }, removeOnFail: { count: 1000 } };

function redisBackend(url: string, prefix: string): QueueBackend {
  // The braces make every key of a queue live in one slot of a Redis Cluster.
  const name = `{${prefix}}`;
  return {
    kind: 'redis',
    queue: queue =>
      new Queue(queue, {
        // A producer fails fast: the wake-up it could not place is found by polling.
        connection: { url, maxRetriesPerRequest: 1, enableOfflineQueue: false },
        prefix: name,
        skipVersionCheck: true,
        defaultJobOptions: keep,
      }),
    worker: (queue, processor, concurrency) =>
      new Worker(queue, processor, {
        connection: { url, maxRetriesPerRequest: null },
        prefix: name,
        concurrency,
        skipVersionCheck: true,
      }),
  };
}

function postgresBackend(config: Config): QueueBackend {
  const connection = {
    connectionString: config.DATABASE_URL,
    schema: 'bullmq',
    migrate: true,
    max: 3,
    application_name: 'ithn-queue',
    Client: GuardedClient,
  };
  const shared = { connection, prefix: config.QUEUE_PREFIX };
  // BullMQ's classes carry their backend in the type; what we use of them is the same for both.
  return {
    kind: 'postgres',
    queue: name =>
      new Queue(name, { ...shared, defaultJobOptions: keep }, createPostgresBackend) as unknown as Queue,
    worker: (name, processor, concurrency) =>
      new Worker(name, processor, { ...shared, concurrency }, createPostgresBackend) as unknown as Worker,
  };
}
