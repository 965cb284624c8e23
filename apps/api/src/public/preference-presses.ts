import { Injectable } from '@nestjs/common';
import { Clock, type Locale, locales, toLocale } from '#common';
import {
  ConsentsService,
  frequencies,
  pauseDays,
  pauseEnd,
  SendersService,
  SubscriptionPreferencesService,
} from '#consent';
import { ContactsService } from '#contacts';
import { type Form } from './form-body.js';
import { chosen, preferenceChanges } from './preference-choices.js';
import { type Box, PreferenceSheets } from './preference-sheet.js';
import { actorOf, evidenceOf } from './visit-evidence.js';
import { type KnownVisit, VisitStandings } from './visit-standing.js';

/** What became of a press: `same` changed nothing, `changed` met other words than the person had read. */
export type Pressed = 'saved' | 'savedBlocked' | 'same' | 'changed' | 'paused' | 'resumed' | 'unread';

/** What the buttons of the preference page do. */
@Injectable()
export class PreferencePresses {
  constructor(
    private readonly consents: ConsentsService,
    private readonly contacts: ContactsService,
    private readonly senders: SendersService,
    private readonly preferences: SubscriptionPreferencesService,
    private readonly standings: VisitStandings,
    private readonly sheets: PreferenceSheets,
    private readonly clock: Clock,
  ) {}

  /** @returns the visit too: the person may have chosen another language. */
  async save(visit: KnownVisit, form: Form): Promise<{ pressed: Pressed; visit: KnownVisit }> {
    const standing = await this.standings.of(visit);
    const sheet = await this.sheets.of(visit, standing);
    const posted = { want: form.all('want'), shown: form.all('shown') };
    const { withdraw, grant } = preferenceChanges(sheet.boxes, posted);
    // What is taken back comes first and stands alone: it must not be lost when a consent cannot be recorded.
    for (const box of withdraw) await this.#withdraw(visit, box);
    const hasFrequency = await this.#saveFrequency(visit, form);
    const language = await this.#saveLanguage(visit, form);
    const after = language ?? visit;
    if (grant.length > 0 && form.one('wording') !== sheet.digest) return { pressed: 'changed', visit: after };
    for (const box of grant) await this.#grant(visit, box);
    const isSame = withdraw.length + grant.length === 0 && !hasFrequency && language === null;
    const isBlocked = grant.some(box => standing.blocks.some(block => block.channel === box.channel));
    return { pressed: isSame ? 'same' : isBlocked ? 'savedBlocked' : 'saved', visit: after };
  }

  async pause(visit: KnownVisit, form: Form): Promise<Pressed> {
    const days = pauseDays.find(one => String(one) === form.one('days'));
    if (days === undefined) return 'unread';
    await this.#change(visit, { pausedUntil: pauseEnd(days, this.clock.now()) });
    return 'paused';
  }

  async resume(visit: KnownVisit): Promise<Pressed> {
    await this.#change(visit, { pausedUntil: null });
    return 'resumed';
  }

  async #saveFrequency(visit: KnownVisit, form: Form): Promise<boolean> {
    const frequency = chosen(frequencies, form.one('frequency'), form.one('shownFrequency'));
    if (frequency === null) return false;
    await this.#change(visit, { frequency });
    return true;
  }

  /** The messages' language, and this page's from now on; null when it stays. */
  async #saveLanguage(visit: KnownVisit, form: Form): Promise<KnownVisit | null> {
    const locale = chosen(locales, form.one('language'), form.one('shownLanguage'));
    if (locale === null || locale === languageOf(visit)) return null;
    const contact = await this.contacts.update(visit.contact.id, { locale }, actorOf(visit));
    return { ...visit, contact, locale };
  }

  async #change(
    visit: KnownVisit,
    changes: Parameters<SubscriptionPreferencesService['change']>[2],
  ): Promise<void> {
    await this.preferences.change(visit.contact.id, visit.sender.id, changes, actorOf(visit));
  }

  async #withdraw(visit: KnownVisit, box: Box): Promise<void> {
    const { link } = visit;
    const { channel, wording } = box;
    await this.consents.withdraw({
      contactId: link.contactId,
      // The link proves one address; on the other channel the ledger finds the contact's own.
      ...(channel === link.channel ? { addressHash: { channel, hash: link.addressHash } } : {}),
      scope: { kind: 'topic', topicId: await this.#topicOf(visit, box), channel },
      evidence: evidenceOf(visit, 'preference_page', wording),
      actor: actorOf(visit),
    });
  }

  async #grant(visit: KnownVisit, box: Box): Promise<void> {
    await this.consents.grant({
      ...{ contactId: visit.link.contactId, channel: box.channel, topicId: await this.#topicOf(visit, box) },
      ...{ basis: 'express', occurredAt: null, expiresAt: null },
      evidence: evidenceOf(visit, 'preference_page', box.wording),
      actor: actorOf(visit),
    });
  }

  async #topicOf({ sender }: KnownVisit, { about }: Box): Promise<number> {
    if (typeof about === 'number') return about;
    return (await this.senders.trackingTopics(sender.id))[about].id;
  }
}

/** The language in which the sender's messages reach this person. */
export function languageOf({ contact, sender }: KnownVisit): Locale {
  return toLocale(contact.locale, sender.defaultLocale);
}
