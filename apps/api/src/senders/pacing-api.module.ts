import { Module } from '@nestjs/common';
import { SendingModule } from '#sending';
import { ErrorBudgetController } from './error-budget.controller.js';
import { PacingController } from './pacing.controller.js';
import { SmsBudgetController } from './sms-budget.controller.js';
import { SmsClosuresController } from './sms-closures.controller.js';
import { SmsPricesController } from './sms-prices.controller.js';
import { SmsSourcesController } from './sms-sources.controller.js';
import { WarmUpController } from './warm-up.controller.js';

/** What senders send from, how fast and for how much money they may, and when their campaigns pause by themselves. */
@Module({
  imports: [SendingModule],
  controllers: [
    PacingController,
    WarmUpController,
    ErrorBudgetController,
    SmsBudgetController,
    SmsClosuresController,
    SmsPricesController,
    SmsSourcesController,
  ],
})
export class PacingApiModule {}
