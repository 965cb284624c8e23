import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type Channel, formatId, parseId } from '#common';
import {
  type SubscriptionPreference,
  SubscriptionPreferencesService,
  type Tracking,
  TrackingService,
  untracked,
} from '#consent';
import { Actor, RequireScope } from '../http/auth.guard.js';
import {
  preferencesQuery,
  type PreferencesQuery,
  preferencesView,
  type PreferencesView,
  putPreferences,
  type PutPreferences,
} from './preferences.schemas.js';

/** What a person sets on their preference page besides topics, for one's own pages. Topics are under consents. */
@ApiTags('preferences')
@ApiBearerAuth()
@Controller('v1/contacts/:id/preferences')
export class PreferencesController {
  constructor(
    private readonly preferences: SubscriptionPreferencesService,
    private readonly tracking: TrackingService,
  ) {}

  @Get()
  @RequireScope('contacts:read')
  @ApiOperation({
    summary: 'How often a contact wants to hear from a sender, their pause, and what may be measured',
  })
  @ApiResponse({ status: 200, standardSchema: preferencesView })
  async get(
    @Param('id') id: string,
    @Query({ schema: preferencesQuery }) query: PreferencesQuery,
  ): Promise<PreferencesView> {
    const contactId = parseId('contact', id);
    const senderId = parseId('sender', query.senderId);
    return this.#view(contactId, senderId, await this.preferences.get(contactId, senderId));
  }

  @Put()
  @RequireScope('consents:write')
  @ApiOperation({
    summary: 'Set how often a contact wants to hear from a sender, and their pause; obeyed at once',
  })
  @ApiResponse({ status: 200, standardSchema: preferencesView })
  async put(
    @Param('id') id: string,
    @Query({ schema: preferencesQuery }) query: PreferencesQuery,
    @Body({ schema: putPreferences }) body: PutPreferences,
    @Actor() actor: string,
  ): Promise<PreferencesView> {
    const contactId = parseId('contact', id);
    const senderId = parseId('sender', query.senderId);
    const pausedUntil = body.pausedUntil === null ? null : new Date(body.pausedUntil);
    const changes = { frequency: body.frequency, pausedUntil };
    return this.#view(
      contactId,
      senderId,
      await this.preferences.change(contactId, senderId, changes, actor),
    );
  }

  async #view(
    contactId: number,
    senderId: number,
    { frequency, pausedUntil }: SubscriptionPreference,
  ): Promise<PreferencesView> {
    const measured = async (channel: Channel): Promise<Tracking> =>
      (await this.tracking.decide([contactId], senderId, channel)).get(contactId) ?? untracked;
    return {
      ...{ contactId: formatId('contact', contactId), senderId: formatId('sender', senderId) },
      ...{ frequency, pausedUntil: pausedUntil?.toISOString() ?? null },
      tracking: { email: await measured('email'), sms: await measured('sms') },
    };
  }
}
