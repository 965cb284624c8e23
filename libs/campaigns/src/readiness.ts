import { type ErrorDetail, type MessageClass } from '#common';
import { missingSenderFields, type Sender, type SenderRequirement, type Topic } from '#consent';

/** What a campaign refers to, as far as it is there. */
export interface CampaignParts {
  sender: Sender | null;
  /** What the laws in force want a sender to say of itself. */
  requiredOfSender: readonly SenderRequirement[];
  topicChosen: boolean;
  templateChosen: boolean;
  /** Parts the template lacks, e.g. `en.subject`. */
  missingTemplateParts: string[];
}

/** Everything that stands between a campaign and its launch, at once, so that nobody mends them one by one. */
export function missingForLaunch(parts: CampaignParts): ErrorDetail[] {
  const missing: ErrorDetail[] = [];
  const add = (path: string, message: string): void => void missing.push({ path, code: 'MISSING', message });
  if (!parts.topicChosen) add('topicId', 'Choose the topic people agreed to.');
  if (!parts.templateChosen) add('templateId', 'Choose a template.');
  for (const field of parts.sender ? missingSenderFields(parts.sender, parts.requiredOfSender) : []) {
    add(`sender.${field}`, `The sender's ${field} is empty; the law asks for it in every message.`);
  }
  for (const part of parts.missingTemplateParts) add(`template.${part}`, `The template has no ${part}.`);
  return missing;
}

/** What a topic's messages are. One of tracking bears none; until readiness refuses it, it counts as marketing. */
export function classOf({ purpose }: Topic): MessageClass {
  return purpose === 'service' || purpose === 'transactional' ? purpose : 'marketing';
}
