import { Injectable } from '@nestjs/common';
import { formatId, notFound } from '#common';
import { SendersService } from '#consent';
import { TemplatesService } from '#templates';
import { DispatchRepository } from './dispatch.repository.js';
import { type EmailJob } from './email-composer.js';

/** Loads what all messages of a dispatch share. The template comes compiled, from the templates' own cache. */
@Injectable()
export class DispatchLoader {
  constructor(
    private readonly dispatches: DispatchRepository,
    private readonly senders: SendersService,
    private readonly templates: TemplatesService,
  ) {}

  /** @throws DomainError DISPATCH_NOT_FOUND, and whatever keeps the template from being compiled */
  async load(dispatchId: number): Promise<EmailJob> {
    const dispatch = await this.dispatches.find(dispatchId);
    if (!dispatch) throw notFound('dispatch', formatId('dispatch', dispatchId));
    return {
      dispatch,
      sender: await this.senders.get(dispatch.senderId),
      topic: await this.senders.getTopic(dispatch.topicId),
      template: await this.templates.compile(dispatch.templateVersionId),
    };
  }
}
