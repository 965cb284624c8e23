import { Injectable } from '@nestjs/common';
import { Clock } from '#common';
import { type ConfirmationRequest, ConfirmationsService, SendersService, type Topic } from '#consent';
import { DispatchesService } from '#sending';
import { missingParts, TemplatesService } from '#templates';
import { FormsService } from './forms.service.js';

/** What was promised for subscribing, by mail as well where the form says so: marketing, through the gate like any other. */
@Injectable()
export class IncentivesService {
  constructor(
    private readonly forms: FormsService,
    private readonly senders: SendersService,
    private readonly templates: TemplatesService,
    private readonly confirmations: ConfirmationsService,
    private readonly dispatches: DispatchesService,
    private readonly clock: Clock,
  ) {}

  /**
   * Records the mail, inside the transaction that confirms. Once a person and form, however often they sign up.
   * @returns the dispatch to begin after the commit; null: there is nothing to send.
   */
  async give(request: ConfirmationRequest): Promise<number | null> {
    const form = await this.forms.get(request.formId, request.formVersion);
    const templateId = form.wording.incentive?.templateId ?? null;
    if (templateId === null || request.channel !== 'email') return null;
    const topic = await this.#marketingTopic(request);
    if (!topic || (await this.confirmations.hasConfirmedAnother(request))) return null;
    const { version } = await this.templates.get(templateId);
    // Edited since, and not whole: the person has the incentive on the page.
    if (missingParts(version).length > 0) return null;
    await this.templates.markUsed(version.id, this.clock.now());
    const dispatch = await this.dispatches.createForOne(
      {
        ...{ name: form.name, channel: 'email', messageClass: 'marketing', productCategories: [] },
        ...{ senderId: form.senderId, topicId: topic.id, templateVersionId: version.id, notAfter: null },
      },
      request.contactId,
    );
    return dispatch?.id ?? null;
  }

  begin(dispatchId: number): Promise<void> {
    return this.dispatches.wake(dispatchId);
  }

  async #marketingTopic({ topicIds }: ConfirmationRequest): Promise<Topic | null> {
    for (const topicId of topicIds) {
      const topic = await this.senders.getTopic(topicId);
      if (topic.purpose === 'marketing') return topic;
    }
    return null;
  }
}
