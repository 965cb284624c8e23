import { Module } from '@nestjs/common';
import { SignUpsModule } from '#sign-ups';
import { FormsController } from './forms.controller.js';
import { SignUpsController } from './sign-ups.controller.js';

/** Forms that people sign up with, and sign-ups from the shop's own. */
@Module({ imports: [SignUpsModule], controllers: [FormsController, SignUpsController] })
export class FormsApiModule {}
