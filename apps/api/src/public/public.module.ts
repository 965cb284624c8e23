import { Module } from '@nestjs/common';
import { ContactsModule } from '#contacts';
import { AgainOffer } from './again-offer.js';
import { BadLinkLimit } from './bad-link-limit.js';
import { ConfirmationPage } from './confirmation.page.js';
import { GonePage } from './gone.page.js';
import { PageRenderer } from './page-renderer.js';
import { PreferencePage } from './preference.page.js';
import { PreferencePresses } from './preference-presses.js';
import { PreferenceSheets } from './preference-sheet.js';
import { PublicRoutes } from './public-routes.js';
import { UnsubscribePage } from './unsubscribe.page.js';
import { VisitStandings } from './visit-standing.js';
import { VisitsService } from './visits.service.js';

/** The pages that customers reach from their messages. They are for people, so OpenAPI does not list them. */
@Module({
  imports: [ContactsModule],
  providers: [
    AgainOffer,
    BadLinkLimit,
    ConfirmationPage,
    GonePage,
    PageRenderer,
    PreferencePage,
    PreferencePresses,
    PreferenceSheets,
    PublicRoutes,
    UnsubscribePage,
    VisitStandings,
    VisitsService,
  ],
  exports: [PageRenderer],
})
export class PublicModule {}
