import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { formatId, type Page, parseId } from '#common';
import { type PageRequest } from '#database';
import { type Preview, type Segment, SegmentsService } from '#segments';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { Heavy } from '../http/heavy.interceptor.js';
import { pageOf, pageQuery } from '../http/schemas.js';
import {
  createSegment,
  type CreateSegment,
  fieldsQuery,
  type FieldsQuery,
  fieldsView,
  type FieldsView,
  previewRule,
  type PreviewRule,
  previewView,
  type PreviewView,
  segmentView,
  type SegmentView,
  updateSegment,
  type UpdateSegment,
} from './segments.schemas.js';

@ApiTags('segments')
@ApiBearerAuth()
@Controller('v1/segments')
export class SegmentsController {
  constructor(private readonly segments: SegmentsService) {}

  @Get('fields')
  @RequireScope('segments:read')
  @ApiOperation({ summary: "The fields a rule may name, in react-querybuilder's shape" })
  @ApiResponse({ status: 200, standardSchema: fieldsView })
  async fields(@Query({ schema: fieldsQuery }) query: FieldsQuery): Promise<FieldsView> {
    return { fields: await this.segments.fields(query.locale) };
  }

  @Post('preview')
  @Heavy()
  @HttpCode(200)
  @RequireScope('segments:read')
  @ApiOperation({ summary: 'Count whom a rule means, with a sample, without keeping it' })
  @ApiResponse({ status: 200, standardSchema: previewView })
  async previewRule(@Body({ schema: previewRule }) body: PreviewRule): Promise<PreviewView> {
    return toPreviewView(await this.segments.preview(body.rule));
  }

  @Post()
  @RequireScope('segments:write')
  @ApiOperation({ summary: 'Make a segment' })
  @ApiResponse({ status: 201, standardSchema: segmentView })
  async create(
    @Body({ schema: createSegment }) body: CreateSegment,
    @Actor() actor: string,
  ): Promise<SegmentView> {
    return toView(await this.segments.create(body.name, body.rule, actor));
  }

  @Get()
  @RequireScope('segments:read')
  @ApiOperation({ summary: 'List segments' })
  @ApiResponse({ status: 200, standardSchema: pageOf(segmentView) })
  async list(@Query({ schema: pageQuery }) query: PageRequest): Promise<Page<SegmentView>> {
    const page = await this.segments.list(query);
    return { ...page, items: page.items.map(toView) };
  }

  @Get(':id')
  @RequireScope('segments:read')
  @ApiOperation({ summary: 'Read a segment' })
  @ApiResponse({ status: 200, standardSchema: segmentView })
  async get(@Param('id') id: string): Promise<SegmentView> {
    return toView(await this.segments.get(parseId('segment', id)));
  }

  @Get(':id/preview')
  @Heavy()
  @RequireScope('segments:read')
  @ApiOperation({ summary: 'Count who is in a segment now, with a sample' })
  @ApiResponse({ status: 200, standardSchema: previewView })
  async preview(@Param('id') id: string): Promise<PreviewView> {
    return toPreviewView(await this.segments.previewSegment(parseId('segment', id)));
  }

  @Patch(':id')
  @RequireScope('segments:write')
  @ApiOperation({ summary: 'Change the name or the rule; what is being sent already keeps its people' })
  @ApiResponse({ status: 200, standardSchema: segmentView })
  async update(
    @Param('id') id: string,
    @Body({ schema: updateSegment }) body: UpdateSegment,
    @Actor() actor: string,
  ): Promise<SegmentView> {
    return toView(await this.segments.update(parseId('segment', id), body, actor));
  }

  @Delete(':id')
  @HttpCode(204)
  @RequireScope('segments:write')
  @ApiOperation({ summary: 'Delete a segment that no campaign uses' })
  @ApiResponse({ status: 204 })
  async delete(@Param('id') id: string, @Actor() actor: string): Promise<void> {
    await this.segments.delete(parseId('segment', id), actor);
  }
}

function toView(segment: Segment): SegmentView {
  return {
    id: formatId('segment', segment.id),
    name: segment.name,
    rule: { ...segment.rule },
    createdAt: segment.createdAt.toISOString(),
    updatedAt: segment.updatedAt.toISOString(),
  };
}

function toPreviewView({ count, sample }: Preview): PreviewView {
  return { count, sample: sample.map(person => ({ ...person, id: formatId('contact', person.id) })) };
}
