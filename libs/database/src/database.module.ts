import { type DynamicModule, Global, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { MetricsModule } from '#metrics';
import { AddressKeys } from './address-keys.js';
import { AddressRotationRepository } from './address-rotation.repository.js';
import { Database } from './database.js';
import { PoolMetrics } from './pool-metrics.js';
import { PreparedStatements } from './prepared-statements.js';

/**
 * Gives every room the one Database. The app connects and migrates first, so that a failure is a sentence at boot; the
 * address keys are seen to here, before anything is served.
 */
@Global()
@Module({})
export class DatabaseModule {
  static forRoot(dataSource: DataSource): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [MetricsModule],
      providers: [
        { provide: DataSource, useValue: dataSource },
        Database,
        PreparedStatements,
        AddressKeys,
        AddressRotationRepository,
        PoolMetrics,
      ],
      exports: [AddressKeys, Database, PreparedStatements],
    };
  }
}
