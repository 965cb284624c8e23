import { Injectable } from '@nestjs/common';
import { type Channel, channels, localize } from '#common';
import {
  SendersService,
  type Topic,
  type TrackingPurpose,
  trackingPurposes,
  trackingTopicDrafts,
} from '#consent';
import { PageRenderer } from './page-renderer.js';
import { type Choice, digestOf, type Standing } from './preference-choices.js';
import { senderName } from './sender-view.js';
import { type Wording } from './visit-evidence.js';
import { addressOf, type KnownVisit, type VisitStanding } from './visit-standing.js';

/** A box with the words beside it, which are what a person agrees to. */
export interface Box extends Choice, Standing {
  label: string;
  wording: Wording;
}

export interface Subject {
  about: number | TrackingPurpose;
  name: string;
  description: string;
  boxes: Box[];
}

/** All the boxes of a preference page, in their groups. */
export interface Sheet {
  marketing: Subject[];
  service: Subject[];
  measuring: Subject[];
  /** The names of what is sent whatever is ticked: receipts and the like, unless the person stopped just these. */
  alwaysSent: string[];
  boxes: Box[];
  /** Of all the words on the page that a consent is given with. */
  digest: string;
}

/** What a box means: the words at it, and where its version is kept. */
type Kind = 'preferences' | 'measuring';

/** Opens exist in mail alone. */
const channelsOf: Record<TrackingPurpose, readonly Channel[]> = {
  open_tracking: ['email'],
  link_tracking: channels,
};

/** Makes the sheet: each topic of the sender with a box for each channel the person can be reached on, as things stand. */
@Injectable()
export class PreferenceSheets {
  constructor(
    private readonly senders: SendersService,
    private readonly renderer: PageRenderer,
  ) {}

  async of(visit: KnownVisit, standing: VisitStanding): Promise<Sheet> {
    const topics = await this.senders.topicsOf(visit.sender.id);
    const ofPurpose = (purpose: Topic['purpose']): Topic[] => topics.filter(one => one.purpose === purpose);
    const marketing = ofPurpose('marketing').map(topic => this.#topic(visit, standing, topic));
    const [left, always] = partition(ofPurpose('transactional'), topic => standing.hasLeft(topic.id));
    const service = [...ofPurpose('service'), ...left].map(topic => this.#topic(visit, standing, topic));
    const measuring = trackingPurposes.map(purpose =>
      this.#measuring(visit, standing, purpose, ofPurpose(purpose)[0]),
    );
    const boxes = [...marketing, ...service, ...measuring].flatMap(subject => subject.boxes);
    return {
      ...{ marketing, service, measuring, boxes },
      alwaysSent: always.map(topic => localize(topic.name, visit.locale)),
      digest: digestOf(boxes.map(box => box.wording.text)),
    };
  }

  #topic(visit: KnownVisit, { isGranted }: VisitStanding, topic: Topic): Subject {
    return this.#subject(visit, 'preferences', topic.id, topic, channels, channel => {
      const ticked = isGranted(channel, topic.id);
      return { ticked, inForce: ticked };
    });
  }

  /** A kind of measuring has no topic until somebody first agrees to it; what is then made has these very words. */
  #measuring(
    visit: KnownVisit,
    { isGranted, tracking }: VisitStanding,
    purpose: TrackingPurpose,
    topic: Topic | undefined,
  ): Subject {
    const words = topic ?? trackingTopicDrafts[purpose];
    return this.#subject(visit, 'measuring', purpose, words, channelsOf[purpose], channel => {
      const ticked = topic !== undefined && isGranted(channel, topic.id);
      const isMeasured = tracking[channel][purpose === 'open_tracking' ? 'opens' : 'links'];
      return { ticked, inForce: ticked || isMeasured };
    });
  }

  #subject(
    { locale, sender, contact }: KnownVisit,
    kind: Kind,
    about: Choice['about'],
    words: Pick<Topic, 'name' | 'description'>,
    possible: readonly Channel[],
    stands: (channel: Channel) => Standing,
  ): Subject {
    const { strings } = this.renderer;
    const name = localize(words.name, locale);
    const description = localize(words.description, locale);
    const statement = strings.text(locale, `${kind}.statement`, { sender: senderName(sender) });
    const save = strings.text(locale, 'preferences.save');
    const version = strings.text(locale, `${kind}.version`);
    const boxes = possible
      .filter(channel => addressOf(contact, channel) !== null)
      .map(channel => {
        const label = strings.text(locale, `${kind}.channel.${channel}`);
        const lines = [name, description, `☑ ${label}`].filter(line => line !== '');
        const text = [...lines, statement, `[${save}]`].join('\n');
        return { about, channel, label, wording: { text, version }, ...stands(channel) };
      });
    return { about, name, description, boxes };
  }
}

function partition<T>(items: T[], holds: (item: T) => boolean): [T[], T[]] {
  return [items.filter(holds), items.filter(item => !holds(item))];
}
