import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { formatId, parseId } from '#common';
import { type Decision, DecisionsService, denialText } from '#consent';
import { RequireScope } from '../http/auth.guard.js';
import {
  askDecisions,
  type AskDecisions,
  decisionsView,
  type DecisionsView,
  type DecisionView,
} from './decisions.schemas.js';

@ApiTags('law')
@ApiBearerAuth()
@Controller('v1/decisions')
export class DecisionsController {
  constructor(private readonly decisions: DecisionsService) {}

  /** A POST, because a thousand ids do not fit into a URL. */
  @Post()
  @HttpCode(200)
  @RequireScope('consents:read')
  @ApiOperation({ summary: 'Whether these contacts may be written to: allow, deny or defer, and why' })
  @ApiResponse({ status: 200, standardSchema: decisionsView })
  async decide(@Body({ schema: askDecisions }) body: AskDecisions): Promise<DecisionsView> {
    const { at, senderId, messageClass, items } = await this.decisions.decide({
      contactIds: body.contactIds.map(id => parseId('contact', id)),
      channel: body.channel,
      topicId: parseId('topic', body.topicId),
      productCategories: body.productCategories,
      at: body.at === undefined ? null : new Date(body.at),
    });
    return {
      ...{ at: at.toISOString(), channel: body.channel, topicId: body.topicId, messageClass },
      senderId: formatId('sender', senderId),
      items: items.map(toView),
    };
  }
}

const notFoundText = { ar: 'لا توجد جهة اتصال بهذا الرقم.', en: 'There is no contact with this id.' };

function toView({ outcome, reason, ...decision }: Decision): DecisionView {
  const { contactId, consentEventId, until, basis, law, jurisdictions } = decision;
  return {
    contactId: formatId('contact', contactId),
    decision: outcome,
    until: until?.toISOString() ?? null,
    reason: reason && {
      code: reason,
      text:
        reason === 'CONTACT_NOT_FOUND'
          ? notFoundText
          : { ar: denialText(reason, 'ar'), en: denialText(reason, 'en') },
    },
    basis: basis as DecisionView['basis'],
    consentEventId: consentEventId === null ? null : formatId('consentEvent', consentEventId),
    ...{ law, jurisdictions },
  };
}
