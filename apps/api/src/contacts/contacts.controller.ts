import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Put,
  Query,
  Res,
  StreamableFile,
} from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { type Page, parseId } from '#common';
import { ContactExport, ContactsService } from '#contacts';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { Heavy } from '../http/heavy.interceptor.js';
import { pageOf } from '../http/schemas.js';
import {
  contactView,
  type ContactView,
  createContact,
  type CreateContact,
  exportQuery,
  type ExportQuery,
  listContacts,
  type ListContacts,
  updateContact,
  upsertContact,
  type UpsertContact,
} from './contacts.schemas.js';
import { toContactView } from './contacts.views.js';

@ApiTags('Contacts')
@ApiBearerAuth()
@Controller('v1/contacts')
@RequireScope('contacts:write')
export class ContactsController {
  constructor(
    private readonly contacts: ContactsService,
    private readonly exports: ContactExport,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Create a contact' })
  @ApiResponse({ status: 201, standardSchema: contactView })
  async create(@Body({ schema: createContact }) body: CreateContact): Promise<ContactView> {
    return toContactView(await this.contacts.create(body));
  }

  @Put()
  @ApiOperation({ summary: 'Create a contact, or update the one with this external id, email or phone' })
  @ApiResponse({ status: 200, standardSchema: contactView, description: 'Updated' })
  @ApiResponse({ status: 201, standardSchema: contactView, description: 'Created' })
  async upsert(
    @Body({ schema: upsertContact }) { matchBy, ...input }: UpsertContact,
    @Actor() actor: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ContactView> {
    const { contact, created } = await this.contacts.upsert(matchBy, input, actor);
    void reply.status(created ? 201 : 200);
    return toContactView(contact);
  }

  @Get()
  @RequireScope('contacts:read')
  @ApiOperation({ summary: 'List contacts, or find one by email, phone or external id' })
  @ApiResponse({ status: 200, standardSchema: pageOf(contactView) })
  async list(@Query({ schema: listContacts }) query: ListContacts): Promise<Page<ContactView>> {
    const { limit, cursor, externalId, email, phone } = query;
    const given = Object.entries({ externalId, email, phone }).filter(([, value]) => value !== undefined);
    const page = await this.contacts.list({ limit, cursor }, Object.fromEntries(given));
    return { ...page, items: page.items.map(toContactView) };
  }

  @Get('export')
  @Heavy()
  @RequireScope('contacts:read')
  @ApiOperation({
    summary: 'Export every contact as CSV or NDJSON',
    description:
      'A stream. In CSV, cells that a spreadsheet could run as a formula (beginning with = + - @ TAB CR LF) get an ' +
      'apostrophe in front; an import takes exactly that away again. NDJSON is as it is.',
  })
  @ApiProduces('text/csv', 'application/x-ndjson')
  @ApiResponse({ status: 200 })
  async export(
    @Query({ schema: exportQuery }) { format }: ExportQuery,
    @Actor() actor: string,
  ): Promise<StreamableFile> {
    return new StreamableFile(await this.exports.contactsAs(format, actor), {
      type: format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson; charset=utf-8',
      disposition: `attachment; filename="contacts.${format}"`,
    });
  }

  @Get(':id')
  @RequireScope('contacts:read')
  @ApiOperation({ summary: 'Read a contact' })
  @ApiResponse({ status: 200, standardSchema: contactView })
  async get(@Param('id') contactId: string): Promise<ContactView> {
    return toContactView(await this.contacts.get(parseId('contact', contactId)));
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change what is given and leave the rest (JSON merge patch)' })
  @ApiResponse({ status: 200, standardSchema: contactView })
  async update(
    @Param('id') contactId: string,
    @Body({ schema: updateContact }) body: CreateContact,
    @Actor() actor: string,
  ): Promise<ContactView> {
    return toContactView(await this.contacts.update(parseId('contact', contactId), body, actor));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a contact; what was agreed and withdrawn stays in the ledger' })
  @ApiResponse({ status: 204 })
  async delete(@Param('id') contactId: string, @Actor() actor: string): Promise<void> {
    await this.contacts.delete(parseId('contact', contactId), actor);
  }
}
