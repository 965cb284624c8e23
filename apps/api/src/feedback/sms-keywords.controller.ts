import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { notFound } from '#common';
import { parseCountry } from '#contacts';
import { SmsKeywordsService } from '#feedback';
import { Actor, RequireScope } from '../http/auth.guard.js';
import {
  putSmsKeywords,
  type PutSmsKeywords,
  smsKeywordsView,
  type SmsKeywordsView,
} from './sms-keywords.schemas.js';

@ApiTags('feedback')
@ApiBearerAuth()
@Controller('v1/sms-keywords/:country')
export class SmsKeywordsController {
  constructor(private readonly keywords: SmsKeywordsService) {}

  @Get()
  @RequireScope('senders:read')
  @ApiOperation({ summary: 'The words that phones of a country answer SMS with, beside those of all' })
  @ApiResponse({ status: 200, standardSchema: smsKeywordsView })
  get(@Param('country') country: string): Promise<SmsKeywordsView> {
    return this.keywords.ofCountry(countryOf(country));
  }

  @Put()
  @RequireScope('senders:write')
  @ApiOperation({
    summary: 'Set them; no others remain',
    description:
      'They add to ours (English, Arabic and French), which hold everywhere. A word that means something else everywhere is ' +
      'refused.',
  })
  @ApiResponse({ status: 200, standardSchema: smsKeywordsView })
  put(
    @Param('country') country: string,
    @Body({ schema: putSmsKeywords }) body: PutSmsKeywords,
    @Actor() actor: string,
  ): Promise<SmsKeywordsView> {
    return this.keywords.set(countryOf(country), body, actor);
  }
}

/** @throws DomainError COUNTRY_NOT_FOUND */
function countryOf(text: string): string {
  const country = parseCountry(text);
  if (!country.ok) throw notFound('country', text.slice(0, 60));
  return country.value;
}
