import { Module } from '@nestjs/common';
import { SendingModule } from '#sending';
import { ErrorBudgetController } from './error-budget.controller.js';
import { PacingController } from './pacing.controller.js';
import { WarmUpController } from './warm-up.controller.js';

/** How fast senders may send, and when their campaigns pause by themselves. */
@Module({
  imports: [SendingModule],
  controllers: [PacingController, WarmUpController, ErrorBudgetController],
})
export class PacingApiModule {}
