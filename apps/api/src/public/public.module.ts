import { Module } from '@nestjs/common';
import { ContactsModule } from '#contacts';
import { EngagementModule } from '#feedback';
import { SendingModule } from '#sending';
import { SignUpsModule } from '#sign-ups';
import { SubjectsModule } from '#subjects';
import { DocumentsModule } from '../documents/documents.module.js';
import { AgainOffer } from './again-offer.js';
import { BadLinkLimit } from './bad-link-limit.js';
import { ConfirmationPage } from './confirmation.page.js';
import { EngagementRoutes } from './engagement-routes.js';
import { ErasurePage } from './erasure.page.js';
import { GonePage } from './gone.page.js';
import { HeldPage } from './held.page.js';
import { OptInPage } from './opt-in.page.js';
import { PageRenderer } from './page-renderer.js';
import { PreferencePage } from './preference.page.js';
import { PreferencePresses } from './preference-presses.js';
import { PreferenceSheets } from './preference-sheet.js';
import { ProblemPage } from './problem.page.js';
import { PublicRoutes } from './public-routes.js';
import { SignUpPage } from './sign-up.page.js';
import { SignUpStamps } from './sign-up-stamp.js';
import { UnsubscribePage } from './unsubscribe.page.js';
import { VisitStandings } from './visit-standing.js';
import { VisitsService } from './visits.service.js';

/** The pages that customers reach from their messages. They are for people, so OpenAPI does not list them. */
@Module({
  imports: [ContactsModule, EngagementModule, SendingModule, SignUpsModule, SubjectsModule, DocumentsModule],
  providers: [
    AgainOffer,
    BadLinkLimit,
    ConfirmationPage,
    EngagementRoutes,
    ErasurePage,
    GonePage,
    HeldPage,
    OptInPage,
    PageRenderer,
    PreferencePage,
    PreferencePresses,
    PreferenceSheets,
    ProblemPage,
    PublicRoutes,
    SignUpPage,
    SignUpStamps,
    UnsubscribePage,
    VisitStandings,
    VisitsService,
  ],
  exports: [PageRenderer],
})
export class PublicModule {}
