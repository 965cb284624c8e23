import { type Channel, type ErrorDetail } from '#common';
import {
  messageClassOf,
  missingSenderFields,
  type Sender,
  type SenderRequirement,
  type Topic,
} from '#consent';
import { type PromotionFault, promotionPath } from '#templates';

/** What a campaign refers to, as far as it is there. */
export interface CampaignParts {
  sender: Sender | null;
  /** What the laws in force want a sender to say of itself. */
  requiredOfSender: readonly SenderRequirement[];
  topic: Topic | null;
  templateChosen: boolean;
  /** Parts the template lacks, e.g. `en.subject`. */
  missingTemplateParts: string[];
  /** Whether its links get tags that measure a campaign. */
  isTagged: boolean;
  /** Whether its SMS have a budget, and no price is known of what they come from. */
  lacksPrice: boolean;
  /** What in the template cannot be sent as messages of the topic. */
  promotions: readonly PromotionFault[];
  /** What else keeps it from leaving by its channel. */
  others: readonly ErrorDetail[];
}

/** Everything that stands between a campaign and its launch, at once, so that nobody mends them one by one. */
export function obstaclesToLaunch(parts: CampaignParts): ErrorDetail[] {
  const missing: ErrorDetail[] = [];
  const add = (path: string, message: string): void => void missing.push({ path, code: 'MISSING', message });
  if (!parts.topic) add('topicId', 'Choose the topic people agreed to.');
  else if (messageClassOf(parts.topic) === null) missing.push(topicForTracking);
  if (!parts.templateChosen) add('templateId', 'Choose a template.');
  for (const field of parts.sender ? missingSenderFields(parts.sender, parts.requiredOfSender) : []) {
    add(`sender.${field}`, `The sender's ${field} is empty; the law asks for it in every message.`);
  }
  for (const part of parts.missingTemplateParts) add(`template.${part}`, `The template has no ${part}.`);
  if (
    parts.isTagged &&
    parts.topic &&
    ['service', 'transactional'].includes(messageClassOf(parts.topic) ?? '')
  ) {
    missing.push(utmForMarketing);
  }
  if (parts.lacksPrice) missing.push(priceMissing);
  const promotions = parts.promotions.map(fault => ({
    path: `template.${promotionPath(fault)}`,
    code: fault.code,
    message: fault.message,
  }));
  return [...missing, ...parts.others, ...promotions];
}

/** Whether any of it may go as SMS: all, or what goes to those who cannot be reached by email. */
export function sendsSms(campaign: { channel: Channel; smsTemplateId: number | null }): boolean {
  return campaign.channel === 'sms' || campaign.smsTemplateId !== null;
}

const priceMissing: ErrorDetail = {
  path: 'budget',
  code: 'SMS_PRICE_MISSING',
  message:
    'It has a budget, and there is no price for what its SMS come from. Set prices (PUT /v1/sms-prices), or the budget to null.',
};

/** As the check of what is promotional says of a link that has such parameters by itself. */
const utmForMarketing: ErrorDetail = {
  path: 'utm',
  code: 'UTM_FOR_MARKETING',
  message: 'utm_ tags measure a campaign; service and transactional messages bear none. Set utm to null.',
};

/** A template of another channel than the campaign's. */
export function wrongChannel(path: string, wanted: Channel): ErrorDetail {
  const message = `This is a template of ${wanted === 'sms' ? 'emails' : 'SMS'}. Choose one whose channel is ${wanted}.`;
  return { path, code: 'TEMPLATE_OF_OTHER_CHANNEL', message };
}

export const smsForEmail: ErrorDetail = {
  path: 'smsTemplateId',
  code: 'SMS_TEMPLATE_FOR_EMAIL',
  message: 'A campaign by SMS has one template. Set smsTemplateId to null.',
};

export const topicForTracking: ErrorDetail = {
  path: 'topicId',
  code: 'TOPIC_FOR_TRACKING',
  message:
    'Of this topic people agree to being measured; nothing is sent about it. Choose a topic of messages.',
};
