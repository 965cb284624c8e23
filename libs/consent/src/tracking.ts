import { type LocalizedText } from '#common';
import { type TopicPurpose } from './topic.entity.js';

/** What may be measured of one person: whether they open, and which links they press. */
export interface Tracking {
  opens: boolean;
  links: boolean;
}

export const untracked: Readonly<Tracking> = { opens: false, links: false };

/** The purposes that people agree to be measured for, apart from any message. */
export const trackingPurposes = ['open_tracking', 'link_tracking'] as const satisfies TopicPurpose[];
export type TrackingPurpose = (typeof trackingPurposes)[number];

/** The topic a sender gets for each, when somebody first agrees; its name can be changed like any other's. */
export const trackingTopicDrafts: Record<
  TrackingPurpose,
  { key: string; name: LocalizedText; description: LocalizedText }
> = {
  open_tracking: {
    key: 'open-tracking',
    name: { en: 'Whether I open messages', ar: 'هل أفتح الرسائل' },
    description: {
      en: 'A tiny invisible picture in the message tells when it is opened.',
      ar: 'صورة صغيرة غير مرئية داخل الرسالة تدلّ على وقت فتحها.',
    },
  },
  link_tracking: {
    key: 'link-tracking',
    name: { en: 'Which links I press', ar: 'أي الروابط أضغط' },
    description: {
      en: 'The links in the message are made for you alone, and tell which of them you press.',
      ar: 'تكون الروابط في الرسالة خاصة بك، فيُعرف ما تضغط عليه منها.',
    },
  },
};
