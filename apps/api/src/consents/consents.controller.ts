import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { type Page, parseId } from '#common';
import {
  ConsentsService,
  type Evidence,
  ReceiptsService,
  type SoftOptIn,
  type WithdrawalScope,
} from '#consent';
import { type PageRequest } from '#database';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { pageOf, pageQuery } from '../http/schemas.js';
import { receiptView, type ReceiptView } from './receipt.schema.js';
import { toEventView, toStateView } from './consents.views.js';
import {
  consentEventView,
  type ConsentEventView,
  consentStateView,
  type ConsentStateView,
  grantConsent,
  type GrantConsent,
  grantedView,
  withdrawConsent,
  type WithdrawConsent,
} from './consents.schemas.js';

@ApiTags('consents')
@ApiBearerAuth()
@Controller('v1')
export class ConsentsController {
  constructor(
    private readonly consents: ConsentsService,
    private readonly receipts: ReceiptsService,
  ) {}

  @Post('consents')
  @RequireScope('consents:write')
  @ApiOperation({ summary: 'Record that a person agreed, with the evidence' })
  @ApiResponse({ status: 201, standardSchema: grantedView })
  async grant(
    @Body({ schema: grantConsent }) body: GrantConsent,
    @Actor() actor: string,
  ): Promise<z.infer<typeof grantedView>> {
    const { event, effective } = await this.consents.grant({
      contactId: parseId('contact', body.contactId),
      channel: body.channel,
      topicId: parseId('topic', body.topicId),
      basis: body.basis,
      evidence: {
        ...toEvidence(body),
        textShown: body.textShown,
        country: body.country,
        privacyNoticeVersion: body.privacyNoticeVersion,
        evidenceUrl: body.evidenceUrl,
        softOptIn: body.softOptIn && toSoftOptIn(body.softOptIn),
      },
      actor,
      occurredAt: toDate(body.occurredAt),
      expiresAt: toDate(body.expiresAt),
    });
    return { ...toEventView(event), effective };
  }

  @Post('consents/withdrawals')
  @HttpCode(201)
  @RequireScope('consents:write')
  @ApiOperation({ summary: 'Record that a person took back their consent; it is obeyed at once' })
  @ApiResponse({ status: 201, standardSchema: consentEventView })
  async withdraw(
    @Body({ schema: withdrawConsent }) body: WithdrawConsent,
    @Actor() actor: string,
  ): Promise<ConsentEventView> {
    const event = await this.consents.withdraw({
      contactId: parseId('contact', body.contactId),
      scope: toScope(body.scope),
      evidence: toEvidence(body),
      actor,
      occurredAt: toDate(body.occurredAt) ?? undefined,
    });
    return toEventView(event);
  }

  @Get('consents/:id')
  @RequireScope('consents:read')
  @ApiOperation({ summary: 'Read one consent event as it was recorded' })
  @ApiResponse({ status: 200, standardSchema: consentEventView })
  async event(@Param('id') eventId: string): Promise<ConsentEventView> {
    return toEventView(await this.consents.event(parseId('consentEvent', eventId)));
  }

  @Get('consents/:id/receipt')
  @RequireScope('consents:read')
  @ApiOperation({
    summary: 'A receipt of one consent event, in the structure of ISO/IEC TS 27560',
    description:
      'A snapshot: it names the sender, the topic and the law as they were then, and comes out the same whenever asked.',
  })
  @ApiResponse({ status: 200, standardSchema: receiptView })
  async receipt(@Param('id') eventId: string): Promise<ReceiptView> {
    return this.receipts.receipt(parseId('consentEvent', eventId));
  }

  @Get('contacts/:id/consents')
  @RequireScope('consents:read')
  @ApiOperation({ summary: 'What a contact agreed to, as it stands now' })
  @ApiResponse({ status: 200, standardSchema: z.object({ items: z.array(consentStateView) }) })
  async states(@Param('id') contactId: string): Promise<{ items: ConsentStateView[] }> {
    const states = await this.consents.states(parseId('contact', contactId));
    return { items: states.map(toStateView) };
  }

  @Get('contacts/:id/consent-events')
  @RequireScope('consents:read')
  @ApiOperation({ summary: "A contact's ledger, oldest first; it outlives the contact" })
  @ApiResponse({ status: 200, standardSchema: pageOf(consentEventView) })
  async events(
    @Param('id') contactId: string,
    @Query({ schema: pageQuery }) query: PageRequest,
  ): Promise<Page<ConsentEventView>> {
    const page = await this.consents.events(parseId('contact', contactId), query);
    return { ...page, items: page.items.map(toEventView) };
  }
}

function toDate(text: string | undefined): Date | null {
  return text === undefined ? null : new Date(text);
}

function toSoftOptIn({ refusalOfferedAt, ...rest }: NonNullable<GrantConsent['softOptIn']>): SoftOptIn {
  return { ...rest, refusalOfferedAt: toDate(refusalOfferedAt) ?? undefined };
}

function toEvidence(body: GrantConsent | WithdrawConsent): Evidence {
  const { textVersion, locale, method, source, ip, userAgent, evidence } = body;
  return { textVersion, locale, method, source, ip, userAgent, more: evidence };
}

function toScope(scope: WithdrawConsent['scope']): WithdrawalScope {
  if (scope.kind === 'topic') {
    return { kind: 'topic', topicId: parseId('topic', scope.topicId), channel: scope.channel ?? null };
  }
  const senderId = scope.senderId === undefined ? null : parseId('sender', scope.senderId);
  return scope.kind === 'channel'
    ? { kind: 'channel', channel: scope.channel, senderId }
    : { kind: 'everything', senderId };
}
