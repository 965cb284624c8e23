import { Module } from '@nestjs/common';
import { ConsentModule } from '#consent';
import { DecisionsController } from './decisions.controller.js';

@Module({ imports: [ConsentModule], controllers: [DecisionsController] })
export class DecisionsApiModule {}
