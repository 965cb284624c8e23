import { Module } from '@nestjs/common';
import { SequencesModule } from '#sequences';
import { ReadyMadeController } from './ready-made.controller.js';

/** Sequences that are written already, to be installed. */
@Module({ imports: [SequencesModule], controllers: [ReadyMadeController] })
export class ReadyMadeApiModule {}
