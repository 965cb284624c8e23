import { Controller, Get, HttpCode, Param, Post, Query, Req, Res, StreamableFile } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiOperation,
  ApiProduces,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { formatId, type Page, parseId } from '#common';
import {
  ContactExport,
  type Import,
  type ImportRequest,
  ImportsService,
  type StoredRejection,
} from '#contacts';
import { type PageRequest } from '#database';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { drain } from '../http/drain.js';
import { Heavy } from '../http/heavy.interceptor.js';
import { pageOf, pageQuery } from '../http/schemas.js';
import {
  type ImportOptions,
  importView,
  type ImportView,
  rawUploadQuery,
  type RawUploadQuery,
  rejectionsQuery,
  type RejectionsQuery,
  rejectionView,
  type RejectionView,
} from './imports.schemas.js';
import { openUpload } from './upload.js';

@ApiTags('Imports')
@ApiBearerAuth()
@Controller('v1/imports')
@RequireScope('contacts:read')
export class ImportsController {
  constructor(
    private readonly imports: ImportsService,
    private readonly exports: ContactExport,
  ) {}

  @Post()
  @RequireScope('contacts:write')
  @ApiOperation({
    summary: 'Import contacts from a CSV file',
    description:
      'Send multipart/form-data: the field `options` (ImportOptions as JSON) first, then the part `file`; or the file ' +
      'itself as text/csv with `options` in the query. The answer comes when the file is stored; the work goes on by ' +
      'itself: ask for the import to see how far it is.',
  })
  @ApiConsumes('multipart/form-data', 'text/csv')
  @ApiBody({
    schema: {
      type: 'object',
      required: ['file'],
      properties: {
        options: { type: 'string', description: 'ImportOptions as JSON; before the file' },
        file: { type: 'string', format: 'binary' },
      },
    },
  })
  @ApiResponse({ status: 201, standardSchema: importView })
  async create(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query({ schema: rawUploadQuery }) query: RawUploadQuery,
    @Actor() actor: string,
  ): Promise<ImportView> {
    try {
      const { file, fileName, options } = await openUpload(request, query);
      return toView(await this.imports.upload(file, fileName, toRequest(options), actor));
    } catch (error) {
      await drain(request);
      if (!request.raw.readableEnded) void reply.header('connection', 'close');
      throw error;
    }
  }

  @Get()
  @ApiOperation({ summary: 'List imports, newest first' })
  @ApiResponse({ status: 200, standardSchema: pageOf(importView) })
  async list(@Query({ schema: pageQuery }) query: PageRequest): Promise<Page<ImportView>> {
    const page = await this.imports.list(query);
    return { ...page, items: page.items.map(toView) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read an import: state, progress and numbers' })
  @ApiResponse({ status: 200, standardSchema: importView })
  async get(@Param('id') importId: string): Promise<ImportView> {
    return toView(await this.imports.get(parseId('import', importId)));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @RequireScope('contacts:write')
  @ApiOperation({ summary: 'Stop an import; what was imported stays' })
  @ApiResponse({ status: 200, standardSchema: importView })
  async cancel(@Param('id') importId: string, @Actor() actor: string): Promise<ImportView> {
    return toView(await this.imports.cancel(parseId('import', importId), actor));
  }

  @Get(':id/rejections')
  @Heavy()
  @ApiOperation({
    summary: 'The rows that were left out, and why: a page as JSON, or all as a CSV file',
    description:
      'The file has line, code and reason, then the columns as they came. Mend it and import it as it is.',
  })
  @ApiProduces('application/json', 'text/csv')
  @ApiResponse({ status: 200, standardSchema: pageOf(rejectionView) })
  async rejections(
    @Param('id') importId: string,
    @Query({ schema: rejectionsQuery }) { format, ...page }: RejectionsQuery,
  ): Promise<Page<RejectionView> | StreamableFile> {
    const id = parseId('import', importId);
    if (format === 'csv') {
      return new StreamableFile(await this.exports.rejectionsCsv(id), {
        type: 'text/csv; charset=utf-8',
        disposition: `attachment; filename="${formatId('import', id)}-rejections.csv"`,
      });
    }
    const found = await this.imports.rejections(id, page);
    return { ...found, items: found.items.map(toRejection) };
  }
}

function toRequest({ consents, ...options }: ImportOptions): ImportRequest {
  const request = {
    ...options,
    ...(consents && {
      consents: consents.map(consent => ({ ...consent, topicId: parseId('topic', consent.topicId) })),
    }),
  };
  // zod's optional fields may hold undefined, which says the same as absent.
  return request as ImportRequest;
}

function toView(entry: Import): ImportView {
  const { plan } = entry;
  return {
    id: formatId('import', entry.id),
    state: entry.state,
    fileName: entry.fileName,
    dryRun: entry.dryRun,
    matchBy: plan.matchBy,
    onExisting: plan.onExisting,
    columns: plan.header.map((column, at) => ({ column, field: plan.targets[at] ?? null })),
    bytes: entry.bytes,
    percentage: percentage(entry),
    rowsRead: entry.rowsRead,
    created: entry.created,
    updated: entry.updated,
    skipped: entry.skipped,
    rejected: entry.rejected,
    consents: {
      granted: entry.consents,
      unknown: entry.withoutConsent,
      keptWithdrawn: entry.keptWithdrawn,
    },
    warnings: entry.warnings,
    error:
      entry.errorCode === null
        ? null
        : { code: entry.errorCode, message: entry.errorMessage ?? entry.errorCode },
    createdAt: entry.createdAt.toISOString(),
    startedAt: entry.startedAt?.toISOString() ?? null,
    finishedAt: entry.finishedAt?.toISOString() ?? null,
  };
}

/** While a file still comes in nothing of it is read; its size so far says nothing of the whole. */
function percentage({ state, bytes, bytesRead }: Import): number {
  if (state === 'finished') return 100;
  if (state === 'uploading' || bytes === 0) return 0;
  return Math.min(100, Math.floor((bytesRead / bytes) * 1000) / 10);
}

function toRejection({ line, code, message, field, row }: StoredRejection): RejectionView {
  return { line, code, reason: message, column: field, row };
}
