import { Module } from '@nestjs/common';
import { ConsentModule } from '#consent';
import { LawOverridesController } from './law-overrides.controller.js';
import { LawPacksController } from './law-packs.controller.js';

@Module({ imports: [ConsentModule], controllers: [LawPacksController, LawOverridesController] })
export class LawApiModule {}
