import { Module } from '@nestjs/common';
import { SequencesModule } from '#sequences';
import { EnrolmentsController } from './enrolments.controller.js';
import { SimulationsController } from './simulations.controller.js';
import { SequencesController } from './sequences.controller.js';

/** Sequences, and the ways people take through them. */
@Module({
  imports: [SequencesModule],
  controllers: [SequencesController, EnrolmentsController, SimulationsController],
})
export class SequencesApiModule {}
