import { Injectable } from '@nestjs/common';
import { DomainError, formatId, notFound } from '#common';
import { LawInForce, missingSenderFields, SendersService } from '#consent';
import { TemplatesService } from '#templates';
import { DispatchRepository } from './dispatch.repository.js';
import { type EmailJob } from './email-composer.js';

/** Loads what all messages of a dispatch share. The template comes compiled, from the templates' own cache. */
@Injectable()
export class DispatchLoader {
  constructor(
    private readonly dispatches: DispatchRepository,
    private readonly senders: SendersService,
    private readonly laws: LawInForce,
    private readonly templates: TemplatesService,
  ) {}

  /**
   * @throws DomainError DISPATCH_NOT_FOUND, SENDER_INCOMPLETE when the sender lost a field the law asks for since the
   * launch, and whatever keeps the template from being compiled
   */
  async load(dispatchId: number): Promise<EmailJob> {
    const dispatch = await this.dispatches.find(dispatchId);
    if (!dispatch) throw notFound('dispatch', formatId('dispatch', dispatchId));
    const sender = await this.senders.get(dispatch.senderId);
    const missing = missingSenderFields(sender, await this.laws.senderRequirements());
    if (missing.length > 0) {
      throw new DomainError({
        kind: 'unprocessable',
        code: 'SENDER_INCOMPLETE',
        message: `The sender lacks ${missing.join(', ')}. Nothing more of it is sent until these are filled in.`,
      });
    }
    return {
      dispatch,
      sender,
      topic: await this.senders.getTopic(dispatch.topicId),
      template: await this.templates.compile(dispatch.templateVersionId),
    };
  }
}
