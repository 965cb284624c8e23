import { Injectable } from '@nestjs/common';
import { DomainError, localize, locales } from '#common';
import { ConsentsService, frequencies, pauseDays } from '#consent';
import { AgainOffer } from './again-offer.js';
import { type Form } from './form-body.js';
import { GonePage } from './gone.page.js';
import { dayInWords, listInWords } from './page-dates.js';
import { type Page, PageRenderer } from './page-renderer.js';
import { valueOf } from './preference-choices.js';
import { languageOf, PreferencePresses, type Pressed } from './preference-presses.js';
import { PreferenceSheets, type Subject } from './preference-sheet.js';
import { senderView } from './sender-view.js';
import { UnsubscribePage } from './unsubscribe.page.js';
import { actorOf, evidenceOf } from './visit-evidence.js';
import { type KnownVisit, VisitStandings } from './visit-standing.js';
import { type Visit } from './visits.service.js';

/** Where a person chooses what they hear and how often. Only whoever holds the contact's present address sees and changes it. */
@Injectable()
export class PreferencePage {
  constructor(
    private readonly presses: PreferencePresses,
    private readonly standings: VisitStandings,
    private readonly sheets: PreferenceSheets,
    private readonly consents: ConsentsService,
    private readonly renderer: PageRenderer,
    private readonly unsubscribe: UnsubscribePage,
    private readonly again: AgainOffer,
    private readonly gone: GonePage,
  ) {}

  show(visit: Visit): Promise<Page> {
    return this.#forHolder(visit, known => this.#show(known, null));
  }

  async press(visit: Visit, form: Form): Promise<Page> {
    const action = form.one('action');
    if (action === 'all') {
      const button = visit.contact ? 'preferences.everything' : 'unsubscribe.all';
      return this.unsubscribe.withdrawAll(visit, 'preference_page', button);
    }
    return this.#forHolder(visit, async known => {
      if (action === 'again') return this.#again(known, form);
      if (action === 'pause') return this.#show(known, await this.presses.pause(known, form));
      if (action === 'resume') return this.#show(known, await this.presses.resume(known));
      if (action !== 'save') return this.#show(known, 'unread');
      const { visit: after, pressed } = await this.presses.save(known, form);
      return this.#show(after, pressed);
    });
  }

  async #forHolder(visit: Visit, act: (visit: KnownVisit) => Promise<Page>): Promise<Page> {
    if (!isKnown(visit)) return this.gone.show(visit);
    try {
      return await act(visit);
    } catch (error) {
      // The contact, or its phone, was removed since the page was asked for.
      if (error instanceof DomainError && lostCodes.has(error.code)) return this.gone.show(visit);
      throw error;
    }
  }

  async #show(visit: KnownVisit, pressed: Pressed | null): Promise<Page> {
    const { contact, locale, token, sender } = visit;
    const standing = await this.standings.of(visit);
    const sheet = await this.sheets.of(visit, standing);
    const { frequency, pausedUntil } = standing.preference;
    const isMeasuredUnasked = sheet.measuring.some(({ boxes }) =>
      boxes.some(box => box.inForce && !box.ticked),
    );
    const data = {
      token,
      sender: senderView(sender),
      notice: pressed && `preferences.notice.${pressed}`,
      blocks: standing.blocks,
      digest: sheet.digest,
      ...{ marketing: sheet.marketing.map(toView), service: sheet.service.map(toView) },
      measuring: sheet.measuring.map(toView),
      measuringLead: isMeasuredUnasked ? 'measuring.now' : 'measuring.lead',
      alwaysSent: sheet.alwaysSent.length === 0 ? null : listInWords(sheet.alwaysSent, locale),
      ...{ frequency, frequencies, language: languageOf(visit), languages: locales, pauseDays },
      pausedUntil: pausedUntil && dayInWords(pausedUntil, locale, contact.timeZone ?? sender.timeZone),
    };
    return this.renderer.render('preferences', locale, data, pressed === 'unread' ? 400 : 200);
  }

  /** The way back from an unsubscribe: one press, as it took to leave. */
  async #again(visit: KnownVisit, form: Form): Promise<Page> {
    const { link, contact, locale, topic, sender, token } = visit;
    const offer = this.again.of(visit);
    if (form.one('wording') !== offer.digest) return this.#show(visit, 'changed');
    const { isGranted } = await this.standings.of(visit);
    if (!isGranted(link.channel, link.topicId)) {
      await this.consents.grant({
        ...{ contactId: contact.id, channel: link.channel, topicId: link.topicId },
        ...{ basis: 'express', occurredAt: null, expiresAt: null },
        evidence: evidenceOf(visit, 'preference_page', offer.wording),
        actor: actorOf(visit),
      });
    }
    return this.renderer.render('resubscribed', locale, {
      token,
      sender: senderView(sender),
      topic: localize(topic.name, locale),
      lead: `resubscribed.lead.${link.channel}`,
    });
  }
}

export function isKnown(visit: Visit): visit is KnownVisit {
  return visit.contact !== null;
}

const lostCodes = new Set(['CONTACT_NOT_FOUND', 'ADDRESS_MISSING']);

function toView({ about, name, description, boxes }: Subject): Record<string, unknown> {
  return {
    ...{ id: about, name, description },
    boxes: boxes.map(box => ({ value: valueOf(box), ticked: box.ticked, label: box.label })),
  };
}
