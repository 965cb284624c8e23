import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { ContactsModule } from '#contacts';
import { SendingModule } from '#sending';
import { TemplatesModule } from '#templates';
import { TransportsModule } from '#transports';
import { ConfirmationTexts } from './confirmation-texts.js';
import { FormRepository } from './form.repository.js';
import { FormsService } from './forms.service.js';
import { IncentivesService } from './incentives.service.js';
import { PurgeUnconfirmedHandler } from './purge-unconfirmed.handler.js';
import { SendConfirmationsHandler } from './send-confirmations.handler.js';
import { SignUpsService } from './sign-ups.service.js';

@Module({
  imports: [AccessModule, ContactsModule, SendingModule, TemplatesModule, TransportsModule],
  providers: [
    ConfirmationTexts,
    FormRepository,
    FormsService,
    IncentivesService,
    PurgeUnconfirmedHandler,
    SendConfirmationsHandler,
    SignUpsService,
  ],
  exports: [FormsService, PurgeUnconfirmedHandler, SendConfirmationsHandler, SignUpsService],
})
export class SignUpsModule {}
