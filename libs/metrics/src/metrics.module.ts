import { Global, Module } from '@nestjs/common';
import { Metrics } from './metrics.js';

/** Gives every room of one process the same `Metrics`. */
@Global()
@Module({ providers: [Metrics], exports: [Metrics] })
export class MetricsModule {}
