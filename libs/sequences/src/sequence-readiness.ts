import { Injectable } from '@nestjs/common';
import { SmsReadiness } from '#campaigns';
import { DomainError, type ErrorDetail } from '#common';
import { LawInForce, missingSenderFields, SendersService } from '#consent';
import { type Checked } from './definition-check.js';

/** What stands between a sequence and its start that is not in its definition: who sends, and from what. */
@Injectable()
export class SequenceReadiness {
  constructor(
    private readonly senders: SendersService,
    private readonly laws: LawInForce,
    private readonly sms: SmsReadiness,
  ) {}

  /** @throws DomainError SEQUENCE_NOT_READY listing everything that is missing */
  async check({ plan, smsVersions }: Checked): Promise<void> {
    if (plan.senderId === null) return;
    const sender = await this.senders.get(plan.senderId);
    const obstacles: ErrorDetail[] = [];
    const missing = new Set<string>();
    for (const [at, step] of plan.steps.entries()) {
      if (step.type !== 'send') continue;
      for (const field of missingSenderFields(sender, await this.laws.senderRequirements(step.channel)))
        missing.add(field);
      const version = smsVersions.get(step.id);
      if (!version) continue;
      const found = await this.sms.obstacles(
        { name: step.id, smartEncoding: false },
        sender,
        step.messageClass,
        version,
      );
      obstacles.push(...found.map(detail => ({ ...detail, path: `steps.${at}.${detail.path}` })));
    }
    for (const field of missing) {
      const message = `The sender's ${field} is empty; the law asks for it in every message.`;
      obstacles.push({ path: `sender.${field}`, code: 'MISSING', message });
    }
    const [first] = obstacles;
    if (!first) return;
    throw new DomainError({
      ...{ kind: 'unprocessable', code: 'SEQUENCE_NOT_READY', details: obstacles },
      message: `The sequence cannot be started yet. ${first.path}: ${first.message}${obstacles.length > 1 ? ` (and ${obstacles.length - 1} more)` : ''}`,
    });
  }
}
