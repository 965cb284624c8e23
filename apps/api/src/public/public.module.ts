import { Module } from '@nestjs/common';
import { ContactsModule } from '#contacts';
import { AgainOffer } from './again-offer.js';
import { BadLinkLimit } from './bad-link-limit.js';
import { ConfirmationPage } from './confirmation.page.js';
import { PageRenderer } from './page-renderer.js';
import { PreferencePage } from './preference.page.js';
import { PublicRoutes } from './public-routes.js';
import { UnsubscribePage } from './unsubscribe.page.js';
import { VisitsService } from './visits.service.js';

/** The pages that customers reach from their messages. They are for people, so OpenAPI does not list them. */
@Module({
  imports: [ContactsModule],
  providers: [
    AgainOffer,
    BadLinkLimit,
    ConfirmationPage,
    PageRenderer,
    PreferencePage,
    PublicRoutes,
    UnsubscribePage,
    VisitsService,
  ],
  exports: [PageRenderer],
})
export class PublicModule {}
