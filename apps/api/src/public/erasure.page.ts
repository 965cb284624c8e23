import { Injectable } from '@nestjs/common';
import { DomainError } from '#common';
import { SubjectRightsService } from '#subjects';
import { type Form } from './form-body.js';
import { GonePage } from './gone.page.js';
import { type Page, PageRenderer } from './page-renderer.js';
import { isKnown } from './preference.page.js';
import { senderView } from './sender-view.js';
import { actorOf } from './visit-evidence.js';
import { type Visit } from './visits.service.js';

/** Where a person has their data erased: told first what goes and what stays, then by a press of its own. */
@Injectable()
export class ErasurePage {
  constructor(
    private readonly rights: SubjectRightsService,
    private readonly renderer: PageRenderer,
    private readonly gone: GonePage,
  ) {}

  show(visit: Visit): Page {
    if (!isKnown(visit)) return this.gone.show(visit);
    const { locale, sender, token } = visit;
    return this.renderer.render('erase', locale, { token, sender: senderView(sender) });
  }

  /** Only the button erases: what could not be read is shown the page again, because nothing brings the data back. */
  async press(visit: Visit, form: Form): Promise<Page> {
    if (!isKnown(visit)) return this.gone.show(visit);
    if (form.one('action') !== 'erase') return { ...this.show(visit), status: 400 };
    try {
      await this.rights.erase(visit.contact.id, actorOf(visit), 'preference_page');
    } catch (error) {
      if (error instanceof DomainError && error.code === 'CONTACT_NOT_FOUND') return this.gone.show(visit);
      throw error;
    }
    return this.renderer.render('erased', visit.locale, { sender: senderView(visit.sender) });
  }
}
