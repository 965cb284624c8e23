import { Injectable } from '@nestjs/common';
import { localize } from '#common';
import { PageRenderer } from './page-renderer.js';
import { digestOf } from './preference-choices.js';
import { senderName } from './sender-view.js';
import { type Wording } from './visit-evidence.js';
import { type Visit } from './visits.service.js';

/** What a person who unsubscribed by mistake agrees to when they press "again". */
@Injectable()
export class AgainOffer {
  constructor(private readonly renderer: PageRenderer) {}

  of({ locale, link, topic, sender }: Visit): { key: string; digest: string; wording: Wording } {
    const { strings } = this.renderer;
    const key = `again.wording.${link.channel}`;
    const sentence = strings.text(locale, key, {
      topic: localize(topic.name, locale),
      sender: senderName(sender),
    });
    const text = `${sentence}\n[${strings.text(locale, 'again.button')}]`;
    return {
      key,
      digest: digestOf([text]),
      wording: { text, version: strings.text(locale, 'again.version') },
    };
  }
}
