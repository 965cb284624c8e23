import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { type Page, parseId } from '#common';
import { CONFIG, type Config } from '#config';
import { FormsService } from '#sign-ups';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { pageOf } from '../http/schemas.js';
import { embedSnippet } from './embed-snippet.js';
import {
  createForm,
  type CreateForm,
  embedQuery,
  type EmbedQuery,
  embedView,
  type EmbedView,
  formQuery,
  type FormQuery,
  formVersionView,
  type FormVersionView,
  formView,
  type FormView,
  updateForm,
  type UpdateForm,
} from './forms.schemas.js';
import { toDraft, toFormView, toVersionView } from './forms.views.js';

@ApiTags('sign-up forms')
@ApiBearerAuth()
@Controller('v1/forms')
export class FormsController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly forms: FormsService,
  ) {}

  @Post()
  @RequireScope('forms:write')
  @ApiOperation({ summary: 'Make a form that people sign up with' })
  @ApiResponse({ status: 201, standardSchema: formView })
  async create(@Body({ schema: createForm }) body: CreateForm, @Actor() actor: string): Promise<FormView> {
    const { wording, senderId, ...settings } = body;
    const form = await this.forms.create(
      { ...settings, senderId: parseId('sender', senderId) },
      toDraft(wording),
      actor,
    );
    return toFormView(form, this.config.publicUrl);
  }

  @Get()
  @RequireScope('forms:read')
  @ApiOperation({ summary: 'List forms, of one sender or of all' })
  @ApiResponse({ status: 200, standardSchema: pageOf(formView) })
  async list(@Query({ schema: formQuery }) query: FormQuery): Promise<Page<FormView>> {
    const senderId = query.senderId === undefined ? null : parseId('sender', query.senderId);
    const page = await this.forms.list(query, senderId);
    return { ...page, items: page.items.map(form => toFormView(form, this.config.publicUrl)) };
  }

  @Get(':id')
  @RequireScope('forms:read')
  @ApiOperation({ summary: 'Read a form' })
  @ApiResponse({ status: 200, standardSchema: formView })
  async get(@Param('id') formId: string): Promise<FormView> {
    return toFormView(await this.forms.get(parseId('form', formId)), this.config.publicUrl);
  }

  @Get(':id/versions')
  @RequireScope('forms:read')
  @ApiOperation({ summary: 'Every wording the form ever had, oldest first' })
  @ApiResponse({ status: 200, standardSchema: z.object({ items: z.array(formVersionView) }) })
  async versions(@Param('id') formId: string): Promise<{ items: FormVersionView[] }> {
    return { items: (await this.forms.versions(parseId('form', formId))).map(toVersionView) };
  }

  @Get(':id/embed')
  @RequireScope('forms:read')
  @ApiOperation({ summary: 'The form as plain HTML for your own site, and as a frame' })
  @ApiResponse({ status: 200, standardSchema: embedView })
  async embed(
    @Param('id') formId: string,
    @Query({ schema: embedQuery }) { locale }: EmbedQuery,
  ): Promise<EmbedView> {
    const form = await this.forms.get(parseId('form', formId));
    const { url } = toFormView(form, this.config.publicUrl);
    return embedSnippet(form, await this.forms.offered(form), url, locale);
  }

  @Patch(':id')
  @RequireScope('forms:write')
  @ApiOperation({ summary: 'Change a form; another wording becomes its next version' })
  @ApiResponse({ status: 200, standardSchema: formView })
  async update(
    @Param('id') formId: string,
    @Body({ schema: updateForm }) body: UpdateForm,
    @Actor() actor: string,
  ): Promise<FormView> {
    const { wording, ...settings } = body;
    const changes = { ...settings, ...(wording ? { wording: toDraft(wording) } : {}) };
    return toFormView(
      await this.forms.update(parseId('form', formId), changes, actor),
      this.config.publicUrl,
    );
  }

  @Delete(':id')
  @HttpCode(204)
  @RequireScope('forms:write')
  @ApiOperation({ summary: 'Delete a form that nobody signed up with; archive any other' })
  @ApiResponse({ status: 204 })
  async delete(@Param('id') formId: string, @Actor() actor: string): Promise<void> {
    await this.forms.delete(parseId('form', formId), actor);
  }
}
