import { Controller, Delete, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type Page, parseId } from '#common';
import { EnrolmentsService, SequencesService } from '#sequences';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { pageOf } from '../http/schemas.js';
import {
  enrolmentQuery,
  type EnrolmentQuery,
  enrolmentView,
  type EnrolmentView,
  pathView,
  type PathView,
} from './sequences.schemas.js';
import { toEnrolmentView, toPathView } from './sequences.views.js';

@ApiTags('sequences')
@ApiBearerAuth()
@Controller('v1/enrolments')
export class EnrolmentsController {
  constructor(
    private readonly sequences: SequencesService,
    private readonly enrolments: EnrolmentsService,
  ) {}

  @Get()
  @RequireScope('sequences:read')
  @ApiOperation({ summary: "People's ways through sequences, of one sequence or one person" })
  @ApiResponse({ status: 200, standardSchema: pageOf(enrolmentView) })
  async list(@Query({ schema: enrolmentQuery }) query: EnrolmentQuery): Promise<Page<EnrolmentView>> {
    const filter = {
      sequenceId: query.sequenceId === undefined ? undefined : parseId('sequence', query.sequenceId),
      contactId: query.contactId === undefined ? undefined : parseId('contact', query.contactId),
      state: query.state,
    };
    const page = await this.enrolments.list(filter, query);
    return { ...page, items: page.items.map(toEnrolmentView) };
  }

  @Get(':id')
  @RequireScope('sequences:read')
  @ApiOperation({ summary: "One person's way through a sequence" })
  @ApiResponse({ status: 200, standardSchema: enrolmentView })
  async get(@Param('id') id: string): Promise<EnrolmentView> {
    return toEnrolmentView(await this.enrolments.get(parseId('enrolment', id)));
  }

  @Get(':id/path')
  @RequireScope('sequences:read')
  @ApiOperation({ summary: 'The way somebody took, each step with its reason' })
  @ApiResponse({ status: 200, standardSchema: pathView })
  async path(@Param('id') id: string): Promise<PathView> {
    const { enrolment, moves } = await this.enrolments.path(parseId('enrolment', id));
    const version = await this.sequences.version(enrolment.versionId);
    return toPathView(enrolment, moves, version);
  }

  @Delete(':id')
  @RequireScope('sequences:write')
  @ApiOperation({ summary: 'Take somebody out at once; a message of theirs that waits is not sent' })
  @ApiResponse({ status: 200, standardSchema: enrolmentView })
  async remove(@Param('id') id: string, @Actor() actor: string): Promise<EnrolmentView> {
    return toEnrolmentView(await this.enrolments.remove(parseId('enrolment', id), actor));
  }
}
