import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Put,
  Query,
  Req,
} from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { requireScope } from '#access';
import { locales, notFound, type Page, parseId } from '#common';
import { CONFIG, type Config } from '#config';
import { type PageRequest } from '#database';
import { SmsPreviewsService } from '#sending';
import { TemplatePreviewsService, TemplatesService, type Wording } from '#templates';
import { Actor, type AuthenticatedRequest, RequireScope } from '../http/auth.guard.js';
import { pageOf, pageQuery } from '../http/schemas.js';
import {
  createTemplate,
  type CreateTemplate,
  type PreviewBody,
  previewRequest,
  previewView,
  type PreviewView,
  savedTemplateView,
  type SavedTemplateView,
  starterList,
  type StarterList,
  templateSummary,
  type TemplateSummary,
  templateView,
  type TemplateView,
  updateTemplate,
  type UpdateTemplate,
  versionView,
  type VersionView,
} from './templates.schemas.js';
import {
  toEmailPreviewView,
  toSmsPreviewView,
  toSummary,
  toTemplateView,
  toVersionView,
} from './templates.views.js';

@ApiTags('templates')
@ApiBearerAuth()
@Controller('v1/templates')
export class TemplatesController {
  constructor(
    private readonly templates: TemplatesService,
    private readonly previews: TemplatePreviewsService,
    private readonly smsPreviews: SmsPreviewsService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post()
  @RequireScope('templates:write')
  @ApiOperation({ summary: 'Create a template, from your own words or from a starter' })
  @ApiResponse({ status: 201, standardSchema: savedTemplateView })
  async create(
    @Body({ schema: createTemplate }) body: CreateTemplate,
    @Actor() actor: string,
  ): Promise<SavedTemplateView> {
    const saved = await this.templates.create(body.name, body.channel, this.#wording(body), actor);
    return { ...toTemplateView(saved), warnings: saved.warnings };
  }

  @Get()
  @RequireScope('templates:read')
  @ApiOperation({ summary: 'List templates' })
  @ApiResponse({ status: 200, standardSchema: pageOf(templateSummary) })
  async list(@Query({ schema: pageQuery }) query: PageRequest): Promise<Page<TemplateSummary>> {
    const page = await this.templates.list(query);
    return { ...page, items: page.items.map(toSummary) };
  }

  @Get('starters')
  @RequireScope('templates:read')
  @ApiOperation({ summary: 'List the starter templates' })
  @ApiResponse({ status: 200, standardSchema: starterList })
  starters(): StarterList {
    return { items: [...this.templates.listStarters()] };
  }

  @Get(':id')
  @RequireScope('templates:read')
  @ApiOperation({ summary: 'Read a template with its newest version' })
  @ApiResponse({ status: 200, standardSchema: templateView })
  async get(@Param('id') templateId: string): Promise<TemplateView> {
    return toTemplateView(await this.templates.get(parseId('template', templateId)));
  }

  @Put(':id')
  @RequireScope('templates:write')
  @ApiOperation({ summary: 'Replace name and content; a version that was sent stays, and a new one is made' })
  @ApiResponse({ status: 200, standardSchema: savedTemplateView })
  async update(
    @Param('id') templateId: string,
    @Body({ schema: updateTemplate }) { name, ...wording }: UpdateTemplate,
    @Actor() actor: string,
  ): Promise<SavedTemplateView> {
    const saved = await this.templates.update(parseId('template', templateId), name, wording, actor);
    return { ...toTemplateView(saved), warnings: saved.warnings };
  }

  @Delete(':id')
  @HttpCode(204)
  @RequireScope('templates:write')
  @ApiOperation({ summary: 'Delete a template that was never sent' })
  @ApiResponse({ status: 204 })
  async delete(@Param('id') templateId: string, @Actor() actor: string): Promise<void> {
    await this.templates.delete(parseId('template', templateId), actor);
  }

  @Get(':id/versions')
  @RequireScope('templates:read')
  @ApiOperation({ summary: 'List the versions of a template, oldest first' })
  @ApiResponse({ status: 200, standardSchema: pageOf(versionView) })
  async versions(
    @Param('id') templateId: string,
    @Query({ schema: pageQuery }) query: PageRequest,
  ): Promise<Page<VersionView>> {
    const id = parseId('template', templateId);
    const { channel } = (await this.templates.get(id)).template;
    const page = await this.templates.versions(id, query);
    return { ...page, items: page.items.map(version => toVersionView(version, channel)) };
  }

  @Get(':id/versions/:number')
  @RequireScope('templates:read')
  @ApiOperation({ summary: 'Read one version of a template' })
  @ApiResponse({ status: 200, standardSchema: versionView })
  async version(@Param('id') templateId: string, @Param('number') number: string): Promise<VersionView> {
    if (!/^[1-9]\d{0,6}$/.test(number)) throw notFound('template version', number);
    const id = parseId('template', templateId);
    const { channel } = (await this.templates.get(id)).template;
    return toVersionView(await this.templates.version(id, Number(number)), channel);
  }

  @Post(':id/preview')
  @HttpCode(200)
  @RequireScope('templates:read')
  @ApiOperation({ summary: 'Render a template as a contact or a sample person; nothing is sent' })
  @ApiResponse({ status: 200, standardSchema: previewView })
  async preview(
    @Param('id') templateId: string,
    @Body({ schema: previewRequest }) body: PreviewBody,
    @Req() request: AuthenticatedRequest,
  ): Promise<PreviewView> {
    // A template can print everything of a contact: who may not read contacts may not preview as one.
    if (body.contactId !== undefined && request.apiKey) requireScope(request.apiKey, 'contacts:read');
    const { version: number, locale, contactId, person, senderId, messageClass } = body;
    const { smartEncoding, shortLinks } = body;
    const found = await this.templates.get(parseId('template', templateId));
    if (contactId !== undefined && request.apiKey) {
      const facts = await this.previews.factsNamed(found.template.id, number);
      if (facts.has('purchases') || facts.has('order')) requireScope(request.apiKey, 'orders:read');
      if (facts.has('event')) requireScope(request.apiKey, 'events:read');
    }
    const asked = {
      ...{ number, locale, messageClass, smartEncoding, shortLinks },
      contactId: contactId === undefined ? undefined : parseId('contact', contactId),
      person: person === undefined ? undefined : withoutUndefined(person),
      senderId: senderId === undefined ? undefined : parseId('sender', senderId),
    };
    const { id, channel } = found.template;
    if (channel === 'email') return toEmailPreviewView(await this.previews.preview(id, asked));
    const version = number === undefined ? found.version : await this.templates.version(id, number);
    return toSmsPreviewView(await this.smsPreviews.preview(version, asked), {
      warnings: await this.templates.warnings(channel, version),
      promotions: this.templates.promotions(version, messageClass),
      currency: this.config.SMS_CURRENCY,
    });
  }

  #wording(body: CreateTemplate): Wording {
    const { content } = body;
    if (content === undefined) {
      const starter = this.templates.starter(body.fromStarter ?? '');
      return { defaultLocale: body.defaultLocale ?? starter.defaultLocale, content: starter.content };
    }
    const first = locales.find(locale => content[locale] !== undefined) ?? 'en';
    return { defaultLocale: body.defaultLocale ?? first, content };
  }
}

/** What was not said counts as unknown, and `undefined` would overwrite it. */
function withoutUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as never;
}
