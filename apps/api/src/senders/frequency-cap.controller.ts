import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { parseId } from '#common';
import { FrequencyCapsService } from '#consent';
import { Actor, RequireScope } from '../http/auth.guard.js';
import {
  frequencyCapView,
  type FrequencyCapView,
  putFrequencyCap,
  type PutFrequencyCap,
} from './frequency-cap.schemas.js';

const what =
  'At most so many marketing messages of one sender per person in so many days, over all campaigns. What is above it ' +
  'waits (`deferred`, reason FREQUENCY) and is not dropped. A person’s own wish to hear less often counts besides.';

@ApiTags('senders')
@ApiBearerAuth()
@Controller('v1')
export class FrequencyCapController {
  constructor(private readonly caps: FrequencyCapsService) {}

  @Get('frequency-cap')
  @RequireScope('senders:read')
  @ApiOperation({ summary: 'The cap of every sender that has none of its own' })
  @ApiResponse({ status: 200, standardSchema: frequencyCapView })
  getAccount(): Promise<FrequencyCapView> {
    return this.caps.get(null);
  }

  @Put('frequency-cap')
  @RequireScope('senders:write')
  @ApiOperation({ summary: 'Set the cap of every sender that has none of its own', description: what })
  @ApiResponse({ status: 200, standardSchema: frequencyCapView })
  putAccount(
    @Body({ schema: putFrequencyCap }) body: PutFrequencyCap,
    @Actor() actor: string,
  ): Promise<FrequencyCapView> {
    return this.caps.set(null, body.cap, actor);
  }

  @Get('senders/:id/frequency-cap')
  @RequireScope('senders:read')
  @ApiOperation({ summary: 'The cap that holds for a sender' })
  @ApiResponse({ status: 200, standardSchema: frequencyCapView })
  get(@Param('id') id: string): Promise<FrequencyCapView> {
    return this.caps.get(parseId('sender', id));
  }

  @Put('senders/:id/frequency-cap')
  @RequireScope('senders:write')
  @ApiOperation({
    summary: 'Set a sender’s own cap; null: none, whatever the account says',
    description: what,
  })
  @ApiResponse({ status: 200, standardSchema: frequencyCapView })
  put(
    @Param('id') id: string,
    @Body({ schema: putFrequencyCap }) body: PutFrequencyCap,
    @Actor() actor: string,
  ): Promise<FrequencyCapView> {
    return this.caps.set(parseId('sender', id), body.cap, actor);
  }

  @Delete('senders/:id/frequency-cap')
  @HttpCode(200)
  @RequireScope('senders:write')
  @ApiOperation({ summary: 'Take back a sender’s own cap: the account’s holds' })
  @ApiResponse({ status: 200, standardSchema: frequencyCapView })
  delete(@Param('id') id: string, @Actor() actor: string): Promise<FrequencyCapView> {
    return this.caps.unset(parseId('sender', id), actor);
  }
}
