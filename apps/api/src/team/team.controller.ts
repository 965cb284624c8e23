import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type z } from 'zod';
import { TeamService } from '#campaigns';
import { formatId, type Page, parseId } from '#common';
import { type TeamAddress, TeamAddressesService } from '#consent';
import { type PageRequest } from '#database';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { normalizedAddress } from '../http/normalized-address.js';
import { pageOf, pageQuery } from '../http/schemas.js';
import {
  addressView,
  type AddressView,
  inviteAddress,
  type InviteAddress,
  invitedView,
} from './team.schemas.js';

@ApiTags('team addresses')
@ApiBearerAuth()
@Controller('v1/team-addresses')
export class TeamController {
  constructor(
    private readonly team: TeamService,
    private readonly addresses: TeamAddressesService,
  ) {}

  @Post()
  @RequireScope('senders:write')
  @ApiOperation({
    summary: 'Invite an address or a phone to receive test sends; it gets one mail, or SMS, to confirm',
  })
  @ApiResponse({ status: 201, standardSchema: invitedView })
  async invite(
    @Body({ schema: inviteAddress }) body: InviteAddress,
    @Actor() actor: string,
  ): Promise<z.infer<typeof invitedView>> {
    const senderId = parseId('sender', body.senderId);
    const { address, outcome } =
      body.phone === undefined
        ? await this.team.invite(body.email ?? '', senderId, actor)
        : await this.team.invitePhone(normalizedAddress('sms', body.phone), senderId, actor);
    return { ...toView(address), mail: outcome.state };
  }

  @Get()
  @RequireScope('senders:read')
  @ApiOperation({ summary: 'List team addresses' })
  @ApiResponse({ status: 200, standardSchema: pageOf(addressView) })
  async list(@Query({ schema: pageQuery }) query: PageRequest): Promise<Page<AddressView>> {
    const page = await this.addresses.list(query);
    return { ...page, items: page.items.map(toView) };
  }

  @Delete(':id')
  @HttpCode(204)
  @RequireScope('senders:write')
  @ApiOperation({ summary: 'Remove a team address' })
  @ApiResponse({ status: 204 })
  async remove(@Param('id') id: string, @Actor() actor: string): Promise<void> {
    await this.addresses.remove(parseId('teamAddress', id), actor);
  }
}

function toView(address: TeamAddress): AddressView {
  return {
    id: formatId('teamAddress', address.id),
    email: address.channel === 'email' ? address.address : null,
    phone: address.channel === 'sms' ? address.address : null,
    createdAt: address.createdAt.toISOString(),
    verifiedAt: address.verifiedAt?.toISOString() ?? null,
  };
}
