import { Injectable } from '@nestjs/common';
import { type JobHandler } from '#queue';
import { Watches } from './watches.service.js';

/** Looks for people whom nothing announces; apart from the moving, which a look at every contact must not keep. */
@Injectable()
export class WatchSequencesHandler implements JobHandler<'watch-sequences'> {
  readonly job = 'watch-sequences';

  constructor(private readonly watches: Watches) {}

  handle(): Promise<void> {
    return this.watches.look();
  }

  sweep(): Promise<void> {
    return this.watches.look();
  }
}
