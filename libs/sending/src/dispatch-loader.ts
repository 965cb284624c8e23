import { Injectable } from '@nestjs/common';
import { type Channel, DomainError, formatId, notFound } from '#common';
import { LawInForce, missingSenderFields, type Sender, SendersService } from '#consent';
import { FaqsService, TemplatesService } from '#templates';
import { type Dispatch } from './dispatch.js';
import { DispatchRepository } from './dispatch.repository.js';
import { type EmailJob } from './email-composer.js';
import { type SmsJob } from './sms/sms-composer.js';
import { SmsSourceRepository } from './sms/sms-source.repository.js';

/** Loads what all messages of a dispatch share. The template comes compiled, from the templates' own cache. */
@Injectable()
export class DispatchLoader {
  constructor(
    private readonly dispatches: DispatchRepository,
    private readonly senders: SendersService,
    private readonly laws: LawInForce,
    private readonly templates: TemplatesService,
    private readonly faqs: FaqsService,
    private readonly sources: SmsSourceRepository,
  ) {}

  /**
   * @throws DomainError DISPATCH_NOT_FOUND, SENDER_INCOMPLETE when the sender lost a field the law asks for since the
   * launch, and whatever keeps the template from being compiled
   */
  async load(dispatchId: number): Promise<EmailJob> {
    const dispatch = await this.#find(dispatchId);
    const sender = await this.#sender(dispatch, 'email');
    return {
      dispatch,
      sender: { ...sender, faq: await this.faqs.entries(sender.id) },
      topic: await this.senders.getTopic(dispatch.topicId),
      template: await this.templates.compile(dispatch.templateVersionId),
    };
  }

  /** The same of its SMS. @throws DomainError as `load` */
  async loadSms(dispatchId: number): Promise<SmsJob & { dispatch: Dispatch }> {
    const dispatch = await this.#find(dispatchId);
    const versionId = dispatch.channel === 'sms' ? dispatch.templateVersionId : dispatch.smsVersionId;
    return {
      dispatch,
      sender: await this.#sender(dispatch, 'sms'),
      template: await this.templates.compileSms(versionId ?? 0),
      sources: await this.sources.ofSender(dispatch.senderId),
      laws: await this.laws.now(),
    };
  }

  async #find(dispatchId: number): Promise<Dispatch> {
    const dispatch = await this.dispatches.find(dispatchId);
    if (!dispatch) throw notFound('dispatch', formatId('dispatch', dispatchId));
    return dispatch;
  }

  async #sender({ senderId }: Dispatch, channel: Channel): Promise<Sender> {
    const sender = await this.senders.get(senderId);
    const missing = missingSenderFields(sender, await this.laws.senderRequirements(channel));
    if (missing.length === 0) return sender;
    throw new DomainError({
      kind: 'unprocessable',
      code: 'SENDER_INCOMPLETE',
      message: `The sender lacks ${missing.join(', ')}. Nothing more of it is sent until these are filled in.`,
    });
  }
}
