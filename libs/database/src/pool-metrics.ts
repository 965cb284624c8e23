import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Metrics, type Sample } from '#metrics';
import { PreparedStatements } from './prepared-statements.js';

/** What node-postgres says of its pool. */
interface Pool {
  totalCount: number;
  idleCount: number;
  waitingCount: number;
  options: { max: number };
}

interface Standing {
  pool: 'shared' | 'prepared';
  totalCount: number;
  idleCount: number;
  waitingCount: number;
  max: number;
}

/** Tells how busy this process's connections to PostgreSQL are: those all share, and a worker's for its own statements. */
@Injectable()
export class PoolMetrics {
  constructor(dataSource: DataSource, prepared: PreparedStatements, metrics: Metrics) {
    const pools = (): Standing[] => {
      const { master } = dataSource.driver as unknown as { master?: Pool };
      if (!master) throw new Error('The connections are closed.');
      const { totalCount, idleCount, waitingCount, options } = master;
      return [
        { pool: 'shared', totalCount, idleCount, waitingCount, max: options.max },
        { pool: 'prepared', ...prepared.standing },
      ];
    };
    const each = (read: (one: Standing) => number, more: Record<string, string> = {}) => {
      return (standings: Standing[]): Sample[] =>
        standings.map(one => [{ pool: one.pool, ...more }, read(one)] as const);
    };
    metrics.read('database-pool', 0, pools, [
      {
        name: 'ithn_database_connections',
        help:
          "Connections of this process to PostgreSQL, by whether a statement holds them; pool: shared, or prepared (a worker's " +
          'statements that settle and allow).',
        labels: ['pool', 'state'],
        samples: standings => [
          ...each(one => one.totalCount - one.idleCount, { state: 'busy' })(standings),
          ...each(one => one.idleCount, { state: 'idle' })(standings),
        ],
      },
      {
        name: 'ithn_database_connections_max',
        help: 'Most connections this process opens; its pools together are DATABASE_POOL.',
        labels: ['pool'],
        samples: each(one => one.max),
      },
      {
        name: 'ithn_database_waiting',
        help: 'Callers in this process that wait for a connection to PostgreSQL.',
        labels: ['pool'],
        samples: each(one => one.waitingCount),
      },
    ]);
  }
}
