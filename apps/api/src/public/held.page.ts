import { Injectable } from '@nestjs/common';
import { DomainError } from '#common';
import { SubjectDocumentsService, SubjectRightsService } from '#subjects';
import { DocumentRenderer } from '../documents/document-renderer.js';
import { toSubjectExportView } from '../subjects/subjects.views.js';
import { type Form } from './form-body.js';
import { GonePage } from './gone.page.js';
import { heldView } from './held-view.js';
import { type Page, PageRenderer } from './page-renderer.js';
import { isKnown } from './preference.page.js';
import { senderView } from './sender-view.js';
import { actorOf } from './visit-evidence.js';
import { type KnownVisit } from './visit-standing.js';
import { type Visit } from './visits.service.js';

/** What is held of a person, for themselves: to read, and by a press to take along. Only for the present address. */
@Injectable()
export class HeldPage {
  constructor(
    private readonly documents: SubjectDocumentsService,
    private readonly rights: SubjectRightsService,
    private readonly readable: DocumentRenderer,
    private readonly renderer: PageRenderer,
    private readonly gone: GonePage,
  ) {}

  show(visit: Visit): Promise<Page> {
    return this.#forHolder(visit, async known => {
      const { contact, locale, sender, token } = known;
      const held = await this.documents.export(contact.id);
      const text = (key: string): string => this.renderer.strings.text(locale, key);
      return this.renderer.render('held', locale, {
        ...{ token, sender: senderView(sender) },
        ...heldView(held, locale, contact.timeZone ?? sender.timeZone, text),
      });
    });
  }

  /**
   * Hands all of it out: as a page to read and print, or as a file. A press and no link, because what was given out is
   * noted, and a GET notes nothing.
   */
  press(visit: Visit, form: Form): Promise<Page> {
    const action = form.one('action');
    return this.#forHolder(visit, async known => {
      if (action !== 'read' && action !== 'download') return { ...(await this.show(known)), status: 400 };
      const held = await this.rights.export(known.contact.id, actorOf(known), 'preference_page');
      if (action === 'read') return this.readable.export(held, known.locale);
      return {
        status: 200,
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'content-disposition': 'attachment; filename="my-data.json"',
        },
        body: `${JSON.stringify(toSubjectExportView(held), null, 2)}\n`,
      };
    });
  }

  async #forHolder(visit: Visit, act: (visit: KnownVisit) => Promise<Page>): Promise<Page> {
    if (!isKnown(visit)) return this.gone.show(visit);
    try {
      return await act(visit);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'CONTACT_NOT_FOUND') return this.gone.show(visit);
      throw error;
    }
  }
}
