import { type DynamicModule, type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type DataSource } from 'typeorm';
import { type Clock, LOGGER, type Logger, NestLogger } from '#common';
import { type Config, ConfigModule } from '#config';
import { ConsentModule } from '#consent';
import { DatabaseModule } from '#database';
import { QueueModule } from '#queue';
import { WorkerModule } from './worker.module.js';

@Module({})
class WorkerRoot {
  static forRoot(config: Config, dataSource: DataSource, clock?: Clock): DynamicModule {
    return {
      module: WorkerRoot,
      imports: [
        ConfigModule.forRoot(config, clock),
        DatabaseModule.forRoot(dataSource),
        QueueModule,
        ConsentModule,
        WorkerModule,
      ],
    };
  }
}

/** A worker, not yet started. The caller connected and migrated the database, and closes both, the worker first. */
export async function createWorker(
  config: Config,
  dataSource: DataSource,
  clock?: Clock,
): Promise<INestApplicationContext> {
  const app = await NestFactory.createApplicationContext(WorkerRoot.forRoot(config, dataSource, clock), {
    abortOnError: false,
    logger: false,
  });
  app.useLogger(new NestLogger(app.get<Logger>(LOGGER)));
  return app;
}
