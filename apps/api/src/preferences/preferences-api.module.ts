import { Module } from '@nestjs/common';
import { PreferencesController } from './preferences.controller.js';
import { TrackingTopicsController } from './tracking-topics.controller.js';

@Module({ controllers: [PreferencesController, TrackingTopicsController] })
export class PreferencesApiModule {}
