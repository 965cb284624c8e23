import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Metrics } from '#metrics';

/** What node-postgres says of its pool. */
interface Pool {
  totalCount: number;
  idleCount: number;
  waitingCount: number;
  options: { max: number };
}

/** Tells how busy this process's connections to PostgreSQL are. */
@Injectable()
export class PoolMetrics {
  constructor(dataSource: DataSource, metrics: Metrics) {
    const pool = (): Pool => {
      const { master } = dataSource.driver as unknown as { master?: Pool };
      if (!master) throw new Error('The connections are closed.');
      return master;
    };
    metrics.read('database-pool', 0, pool, [
      {
        name: 'ithn_database_connections',
        help: 'Connections of this process to PostgreSQL, by whether a statement holds them.',
        labels: ['state'],
        samples: ({ totalCount, idleCount }) => [
          [{ state: 'busy' }, totalCount - idleCount],
          [{ state: 'idle' }, idleCount],
        ],
      },
      {
        name: 'ithn_database_connections_max',
        help: 'Most connections this process opens (DATABASE_POOL).',
        samples: ({ options }) => [[{}, options.max]],
      },
      {
        name: 'ithn_database_waiting',
        help: 'Callers in this process that wait for a connection to PostgreSQL.',
        samples: ({ waitingCount }) => [[{}, waitingCount]],
      },
    ]);
  }
}
