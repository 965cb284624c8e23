import { Body, Controller, Delete, Get, Header, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { type Page, parseId } from '#common';
import { definition, diagramOf, EnrolmentsService, SequencesService } from '#sequences';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { pageOf } from '../http/schemas.js';
import {
  addedView,
  addPeople,
  type AddPeople,
  createSequence,
  type CreateSequence,
  placesView,
  type PlacesView,
  resumedView,
  schemaView,
  sequenceQuery,
  type SequenceQuery,
  sequenceView,
  type SequenceView,
  updateSequence,
  type UpdateSequence,
  versionsView,
  type VersionsView,
} from './sequences.schemas.js';
import { toPlacesView, toSequenceView } from './sequences.views.js';

@ApiTags('sequences')
@ApiBearerAuth()
@Controller('v1/sequences')
export class SequencesController {
  constructor(
    private readonly sequences: SequencesService,
    private readonly enrolments: EnrolmentsService,
  ) {}

  @Get('schema')
  @RequireScope('sequences:read')
  @ApiOperation({ summary: 'The JSON Schema of definitions, for editors' })
  @ApiResponse({ status: 200, standardSchema: schemaView })
  schema(): Record<string, unknown> {
    return z.toJSONSchema(definition, { io: 'input' });
  }

  @Post()
  @RequireScope('sequences:write')
  @ApiOperation({
    summary: 'Write a sequence',
    description:
      'Refused as a whole, each fault with its place: a circle without a wait, a step that no way leads to, a template that is ' +
      'missing or of another channel, a field that no segment has, something promotional in a service message.',
  })
  @ApiResponse({ status: 201, standardSchema: sequenceView })
  async create(
    @Body({ schema: createSequence }) body: CreateSequence,
    @Actor() actor: string,
  ): Promise<SequenceView> {
    return toSequenceView(await this.sequences.create(body.name, body.definition, actor));
  }

  @Get()
  @RequireScope('sequences:read')
  @ApiOperation({ summary: 'List sequences' })
  @ApiResponse({ status: 200, standardSchema: pageOf(sequenceView) })
  async list(@Query({ schema: sequenceQuery }) query: SequenceQuery): Promise<Page<SequenceView>> {
    const page = await this.sequences.list(query);
    const items: SequenceView[] = [];
    for (const { id } of page.items) items.push(toSequenceView(await this.sequences.get(id)));
    return { ...page, items };
  }

  @Get(':id')
  @RequireScope('sequences:read')
  @ApiOperation({ summary: 'Read a sequence' })
  @ApiResponse({ status: 200, standardSchema: sequenceView })
  async get(@Param('id') id: string): Promise<SequenceView> {
    return toSequenceView(await this.sequences.get(parseId('sequence', id)));
  }

  @Patch(':id')
  @RequireScope('sequences:write')
  @ApiOperation({ summary: 'Change it; who is on their way goes on by the version they entered' })
  @ApiResponse({ status: 200, standardSchema: sequenceView })
  async update(
    @Param('id') id: string,
    @Body({ schema: updateSequence }) body: UpdateSequence,
    @Actor() actor: string,
  ): Promise<SequenceView> {
    return toSequenceView(await this.sequences.update(parseId('sequence', id), body, actor));
  }

  @Delete(':id')
  @HttpCode(204)
  @RequireScope('sequences:write')
  @ApiOperation({ summary: 'Delete one that was never started' })
  @ApiResponse({ status: 204 })
  async delete(@Param('id') id: string, @Actor() actor: string): Promise<void> {
    await this.sequences.delete(parseId('sequence', id), actor);
  }

  @Get(':id/versions')
  @RequireScope('sequences:read')
  @ApiOperation({ summary: 'Its versions, newest first' })
  @ApiResponse({ status: 200, standardSchema: versionsView })
  async versions(@Param('id') id: string): Promise<VersionsView> {
    const versions = await this.sequences.versions(parseId('sequence', id));
    return {
      items: versions.map(({ number, definition: said, usedAt, createdAt }) => ({
        ...{ version: number, definition: said },
        ...{ usedAt: usedAt?.toISOString() ?? null, createdAt: createdAt.toISOString() },
      })),
    };
  }

  @Post(':id/start')
  @HttpCode(200)
  @RequireScope('campaigns:send')
  @ApiOperation({ summary: 'Let people in and move them; also after a pause, and of one that was closed' })
  @ApiResponse({ status: 200, standardSchema: sequenceView })
  async start(@Param('id') id: string, @Actor() actor: string): Promise<SequenceView> {
    return toSequenceView(await this.sequences.start(parseId('sequence', id), actor));
  }

  @Post(':id/pause')
  @HttpCode(200)
  @RequireScope('campaigns:send')
  @ApiOperation({ summary: 'Move nobody; once this answers, no further message of it begins' })
  @ApiResponse({ status: 200, standardSchema: sequenceView })
  async pause(@Param('id') id: string, @Actor() actor: string): Promise<SequenceView> {
    return toSequenceView(await this.sequences.pause(parseId('sequence', id), actor));
  }

  @Post(':id/close')
  @HttpCode(200)
  @RequireScope('campaigns:send')
  @ApiOperation({ summary: 'Let nobody in any more; who is in it goes on' })
  @ApiResponse({ status: 200, standardSchema: sequenceView })
  async close(@Param('id') id: string, @Actor() actor: string): Promise<SequenceView> {
    return toSequenceView(await this.sequences.close(parseId('sequence', id), actor));
  }

  @Post(':id/stop')
  @HttpCode(200)
  @RequireScope('campaigns:send')
  @ApiOperation({ summary: 'End it for good: everybody leaves, what has not begun is not sent' })
  @ApiResponse({ status: 200, standardSchema: sequenceView })
  async stop(@Param('id') id: string, @Actor() actor: string): Promise<SequenceView> {
    return toSequenceView(await this.sequences.stop(parseId('sequence', id), actor));
  }

  @Post(':id/resume-sending')
  @HttpCode(200)
  @RequireScope('campaigns:send')
  @ApiOperation({ summary: 'Go on with what the program paused of it by itself, such as an error budget' })
  @ApiResponse({ status: 200, standardSchema: resumedView })
  async resumeSending(@Param('id') id: string, @Actor() actor: string): Promise<z.infer<typeof resumedView>> {
    return { dispatches: await this.sequences.resumeSending(parseId('sequence', id), actor) };
  }

  @Get(':id/places')
  @RequireScope('sequences:read')
  @ApiOperation({ summary: 'How many are where, now, and how ways ended' })
  @ApiResponse({ status: 200, standardSchema: placesView })
  async places(@Param('id') id: string): Promise<PlacesView> {
    const sequenceId = parseId('sequence', id);
    const [versions, pauses] = [
      await this.sequences.versions(sequenceId),
      await this.sequences.pauses(sequenceId),
    ];
    return toPlacesView(await this.enrolments.places(sequenceId), versions, pauses);
  }

  @Get(':id/diagram')
  @RequireScope('sequences:read')
  @Header('content-type', 'text/plain; charset=utf-8')
  @ApiProduces('text/plain')
  @ApiOperation({ summary: 'A drawing of it in the language of Mermaid, with how many stand where' })
  @ApiResponse({ status: 200, standardSchema: z.string() })
  async diagram(@Param('id') id: string): Promise<string> {
    const { sequence, version } = await this.sequences.get(parseId('sequence', id));
    const counts = new Map<string, number>(version.plan.steps.map(step => [step.id, 0]));
    for (const { versionNumber, step, count } of await this.enrolments.places(sequence.id)) {
      const name =
        step === null || versionNumber !== version.number ? undefined : version.plan.steps[step]?.id;
      if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + count);
    }
    return diagramOf(version.definition, counts);
  }

  @Post(':id/enrolments')
  @HttpCode(202)
  @RequireScope('sequences:write')
  @ApiOperation({ summary: 'Bring people to its entrance; they enter a moment later' })
  @ApiResponse({ status: 202, standardSchema: addedView })
  async add(
    @Param('id') id: string,
    @Body({ schema: addPeople }) body: AddPeople,
    @Actor() actor: string,
  ): Promise<z.infer<typeof addedView>> {
    const contactIds = body.contactIds.map(one => parseId('contact', one));
    await this.enrolments.add(parseId('sequence', id), contactIds, actor);
    return { arrived: new Set(contactIds).size };
  }
}
