import { Injectable } from '@nestjs/common';
import { DomainError, TokenSigner } from '#common';
import { TemplatesService } from '#templates';
import { DispatchRepository } from '../dispatch.repository.js';
import { readShortLink } from './sms-token.js';

/** Where the shortened links of SMS lead: what the template said that was sent, which never changes. */
@Injectable()
export class ShortLinksService {
  constructor(
    private readonly signer: TokenSigner,
    private readonly dispatches: DispatchRepository,
    private readonly templates: TemplatesService,
  ) {}

  /** null for a token that is none of ours, or leads nowhere. */
  async destinationOf(token: string): Promise<string | null> {
    const short = readShortLink(this.signer, token);
    const dispatch = short && (await this.dispatches.find(short.dispatchId));
    if (!dispatch) return null;
    const versionId = dispatch.channel === 'sms' ? dispatch.templateVersionId : dispatch.smsVersionId;
    if (versionId === null) return null;
    try {
      return (await this.templates.compileSms(versionId)).linkOf(short.locale, short.link);
    } catch (error) {
      if (error instanceof DomainError) return null;
      throw error;
    }
  }
}
