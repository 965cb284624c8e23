import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type Page, parseId } from '#common';
import { type SubjectRequestFilter, SubjectRequestsService } from '#subjects';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { pageOf } from '../http/schemas.js';
import {
  listSubjectRequests,
  type ListSubjectRequests,
  openSubjectRequest,
  type OpenSubjectRequest,
  subjectRequestView,
  type SubjectRequestView,
} from './subjects.schemas.js';
import { toRequestView } from './subjects.views.js';

@ApiTags('subject rights')
@ApiBearerAuth()
@Controller('v1/subject-requests')
@RequireScope('contacts:read')
export class SubjectRequestsController {
  constructor(private readonly requests: SubjectRequestsService) {}

  @Get()
  @ApiOperation({
    summary: 'What people asked under data protection law, and until when it must be answered',
  })
  @ApiResponse({ status: 200, standardSchema: pageOf(subjectRequestView) })
  async list(
    @Query({ schema: listSubjectRequests }) query: ListSubjectRequests,
  ): Promise<Page<SubjectRequestView>> {
    const { contactId, kind, state, ...page } = query;
    const filter: SubjectRequestFilter = {
      ...(contactId === undefined ? {} : { contactId: parseId('contact', contactId) }),
      ...(kind === undefined ? {} : { kind }),
      ...(state === undefined ? {} : { done: state === 'done' }),
    };
    const found = await this.requests.list(page, filter);
    return { ...found, items: found.items.map(toRequestView) };
  }

  @Post()
  @RequireScope('contacts:write')
  @ApiOperation({ summary: 'Note a request that came by letter, phone or any other way' })
  @ApiResponse({ status: 201, standardSchema: subjectRequestView })
  async open(
    @Body({ schema: openSubjectRequest }) body: OpenSubjectRequest,
    @Actor() actor: string,
  ): Promise<SubjectRequestView> {
    const { kind, contactId, method, requestedAt } = body;
    const at = requestedAt === undefined ? null : new Date(requestedAt);
    return toRequestView(await this.requests.open(kind, parseId('contact', contactId), method, at, actor));
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read one request' })
  @ApiResponse({ status: 200, standardSchema: subjectRequestView })
  async get(@Param('id') id: string): Promise<SubjectRequestView> {
    return toRequestView(await this.requests.get(parseId('subjectRequest', id)));
  }

  @Post(':id/close')
  @HttpCode(200)
  @RequireScope('contacts:write')
  @ApiOperation({ summary: 'Say that a request was answered; an erasure is closed by erasing' })
  @ApiResponse({ status: 200, standardSchema: subjectRequestView })
  async close(@Param('id') id: string, @Actor() actor: string): Promise<SubjectRequestView> {
    return toRequestView(await this.requests.close(parseId('subjectRequest', id), actor));
  }
}
