import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { formatId, type Page, parseId } from '#common';
import {
  LawInForce,
  missingSenderFields,
  type Sender,
  type SenderRequirement,
  SendersService,
} from '#consent';
import { type PageRequest } from '#database';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { pageOf, pageQuery } from '../http/schemas.js';
import {
  createSender,
  type CreateSender,
  senderView,
  type SenderView,
  updateSender,
  type UpdateSender,
} from './senders.schemas.js';

@ApiTags('senders')
@ApiBearerAuth()
@Controller('v1/senders')
export class SendersController {
  constructor(
    private readonly senders: SendersService,
    private readonly laws: LawInForce,
  ) {}

  @Post()
  @RequireScope('senders:write')
  @ApiOperation({ summary: 'Add a sender: the legal identity that messages name' })
  @ApiResponse({ status: 201, standardSchema: senderView })
  async create(
    @Body({ schema: createSender }) body: CreateSender,
    @Actor() actor: string,
  ): Promise<SenderView> {
    const { key, ...given } = body;
    const blank = {
      ...{ legalName: null, tradingName: null, registrationNumber: null, registrationPlace: null },
      ...{ registeredAddress: null, contactEmail: null, phone: null, website: null, privacyUrl: null },
      ...{ fromName: null, fromEmail: null, replyTo: null, country: null },
      ...{ defaultLocale: 'en' as const, timeZone: 'UTC' },
    };
    return this.#view(await this.senders.create(key, { ...blank, ...given }, actor));
  }

  @Get()
  @RequireScope('senders:read')
  @ApiOperation({ summary: 'List senders' })
  @ApiResponse({ status: 200, standardSchema: pageOf(senderView) })
  async list(@Query({ schema: pageQuery }) query: PageRequest): Promise<Page<SenderView>> {
    const page = await this.senders.list(query);
    const required = await this.laws.senderRequirements();
    return { ...page, items: page.items.map(sender => toView(sender, required)) };
  }

  @Get(':id')
  @RequireScope('senders:read')
  @ApiOperation({ summary: 'Read a sender' })
  @ApiResponse({ status: 200, standardSchema: senderView })
  async get(@Param('id') senderId: string): Promise<SenderView> {
    return this.#view(await this.senders.get(parseId('sender', senderId)));
  }

  @Patch(':id')
  @RequireScope('senders:write')
  @ApiOperation({ summary: 'Change fields of a sender; null empties one' })
  @ApiResponse({ status: 200, standardSchema: senderView })
  async update(
    @Param('id') senderId: string,
    @Body({ schema: updateSender }) body: UpdateSender,
    @Actor() actor: string,
  ): Promise<SenderView> {
    return this.#view(await this.senders.update(parseId('sender', senderId), body, actor));
  }

  @Delete(':id')
  @HttpCode(204)
  @RequireScope('senders:write')
  @ApiOperation({ summary: 'Delete a sender that was never used' })
  @ApiResponse({ status: 204 })
  async delete(@Param('id') senderId: string, @Actor() actor: string): Promise<void> {
    await this.senders.delete(parseId('sender', senderId), actor);
  }

  async #view(sender: Sender): Promise<SenderView> {
    return toView(sender, await this.laws.senderRequirements());
  }
}

function toView(
  { id, createdAt, updatedAt, ...sender }: Sender,
  required: readonly SenderRequirement[],
): SenderView {
  return {
    ...sender,
    id: formatId('sender', id),
    missing: missingSenderFields(sender, required),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
