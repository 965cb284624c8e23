import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { formatId, parseId } from '#common';
import { type Assumptions, moveText, SequencesService, Simulations } from '#sequences';
import { RequireScope } from '../http/auth.guard.js';
import { Heavy } from '../http/heavy.interceptor.js';
import {
  dryRun,
  type DryRunBody,
  dryRunView,
  type DryRunView,
  simulate,
  type Simulate,
  simulatedView,
  type SimulatedView,
} from './simulations.schemas.js';

@ApiTags('sequences')
@ApiBearerAuth()
@Controller('v1/sequences')
export class SimulationsController {
  constructor(
    private readonly sequences: SequencesService,
    private readonly simulations: Simulations,
  ) {}

  @Post(':id/simulate')
  @HttpCode(200)
  @Heavy()
  @RequireScope('sequences:read')
  @ApiOperation({
    summary: 'One person through time: what would happen to them, when, and why',
    description:
      'By what is known of them now, and the law as it will be then. Nothing is sent and nothing is kept.',
  })
  @ApiResponse({ status: 200, standardSchema: simulatedView })
  async simulate(
    @Param('id') id: string,
    @Body({ schema: simulate }) body: Simulate,
  ): Promise<SimulatedView> {
    const sequenceId = parseId('sequence', id);
    const walker = await this.simulations.simulate(sequenceId, parseId('contact', body.contactId), {
      ...toAssumptions(body),
      ...(body.orderId === undefined ? {} : { orderId: parseId('order', body.orderId) }),
    });
    const { version } = await this.sequences.get(sequenceId);
    const nameOf = (step: number | null): string | null =>
      step === null ? null : (version.plan.steps[step]?.id ?? null);
    return {
      moves: walker.path.map(move => ({
        at: move.at.toISOString(),
        ...{ step: nameOf(move.step), outcome: move.outcome, reason: move.reason },
        channel: move.message?.channel ?? null,
        deferral: move.message?.deferral
          ? { ...move.message.deferral, until: move.message.deferral.until.toISOString() }
          : null,
        text: { en: moveText(move, 'en'), ar: moveText(move, 'ar') },
      })),
      end: walker.end && { reason: walker.end.reason },
      step: nameOf(walker.enrolment.step),
    };
  }

  @Post(':id/dry-run')
  @HttpCode(200)
  @Heavy()
  @RequireScope('sequences:read')
  @ApiOperation({ summary: 'Who would be where, and would have got what, if real people entered now' })
  @ApiResponse({ status: 200, standardSchema: dryRunView })
  async dryRun(@Param('id') id: string, @Body({ schema: dryRun }) body: DryRunBody): Promise<DryRunView> {
    const segmentId = body.segmentId === undefined ? null : parseId('segment', body.segmentId);
    const { at, places, ends, messages, ...told } = await this.simulations.dryRun(
      parseId('sequence', id),
      segmentId,
      toAssumptions(body),
    );
    const named = <T extends { contactIds: number[] }>(one: T) => ({
      ...one,
      contactIds: one.contactIds.map(id => formatId('contact', id)),
    });
    return {
      ...told,
      at: at.toISOString(),
      ...{ places: places.map(named), ends: ends.map(named), messages: messages.map(named) },
    };
  }
}

function toAssumptions({ at, days, did }: Omit<DryRunBody, 'segmentId'>): Partial<Assumptions> {
  return {
    ...(at === undefined ? {} : { startsAt: new Date(at) }),
    ...{ days, did },
  };
}
