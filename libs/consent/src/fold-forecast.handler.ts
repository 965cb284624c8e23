import { Injectable } from '@nestjs/common';
import { type JobHandler } from '#queue';
import { Forecasts } from './forecasts.service.js';

/** Brings the forecast of the gate up to date. Late, it costs time and nothing else. */
@Injectable()
export class FoldForecastHandler implements JobHandler<'fold-forecast'> {
  readonly job = 'fold-forecast';

  constructor(private readonly forecasts: Forecasts) {}

  handle(): Promise<void> {
    return this.forecasts.fold();
  }

  sweep(): Promise<void> {
    return this.forecasts.catchUp();
  }
}
