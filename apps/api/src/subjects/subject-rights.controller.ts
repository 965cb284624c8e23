import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { parseId } from '#common';
import { SubjectDocumentsService, SubjectRightsService } from '#subjects';
import { DocumentRenderer } from '../documents/document-renderer.js';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { Heavy } from '../http/heavy.interceptor.js';
import { documentLocale, sendPage, wantsHtml } from './document-answer.js';
import {
  contactProofView,
  type ContactProofView,
  documentQuery,
  type DocumentQuery,
  exportView,
  type ExportView,
  subjectRequestView,
  type SubjectRequestView,
} from './subjects.schemas.js';
import { toContactProofView, toSubjectExportView, toRequestView } from './subjects.views.js';

@ApiTags('subject rights')
@ApiBearerAuth()
@Controller('v1/contacts/:id')
export class SubjectRightsController {
  constructor(
    private readonly rights: SubjectRightsService,
    private readonly documents: SubjectDocumentsService,
    private readonly renderer: DocumentRenderer,
  ) {}

  @Get('export')
  @Heavy()
  @RequireScope('contacts:read', 'consents:read')
  @ApiOperation({
    summary: 'Everything that is held of a person, as JSON or for reading and printing',
    description: 'Each copy given out is noted in the register of requests.',
  })
  @ApiProduces('application/json', 'text/html')
  @ApiResponse({ status: 200, standardSchema: exportView })
  async export(
    @Param('id') id: string,
    @Query({ schema: documentQuery }) query: DocumentQuery,
    @Actor() actor: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ExportView | string> {
    const data = await this.rights.export(parseId('contact', id), actor, 'api');
    if (!wantsHtml(query, request)) return toSubjectExportView(data);
    const locale = documentLocale(query, data.profile?.locale, request);
    return sendPage(reply, this.renderer.export(data, locale));
  }

  @Get('proof')
  @Heavy()
  @RequireScope('consents:read')
  @ApiOperation({
    summary: 'The proof of what a person agreed to and took back, as JSON or for reading and printing',
    description:
      'With the links of the chain, recomputed, and what the gate decides of each topic and channel now.',
  })
  @ApiProduces('application/json', 'text/html')
  @ApiResponse({ status: 200, standardSchema: contactProofView })
  async proof(
    @Param('id') id: string,
    @Query({ schema: documentQuery }) query: DocumentQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ContactProofView | string> {
    const proof = await this.documents.proof(parseId('contact', id));
    if (!wantsHtml(query, request)) return toContactProofView(proof, this.renderer);
    const locale = documentLocale(query, proof.profile?.locale, request);
    return sendPage(reply, this.renderer.proof(proof, locale));
  }

  @Post('erasure')
  @HttpCode(200)
  @RequireScope('contacts:write', 'consents:write')
  @ApiOperation({
    summary: 'Erase a person: profile, choices, consent events, and what messages and imports tell of them',
    description:
      'What stays is a keyed hash of each address on the suppression list, so that no import brings the person back; a ' +
      'minimal proof, kept apart until the law lets it go (GET /v1/proofs); and counts. Only a new consent that the ' +
      'person gives later lifts the suppression. Asked again, it changes nothing.',
  })
  @ApiResponse({ status: 200, standardSchema: subjectRequestView })
  async erase(@Param('id') id: string, @Actor() actor: string): Promise<SubjectRequestView> {
    return toRequestView(await this.rights.erase(parseId('contact', id), actor, 'api'));
  }
}
