import { createReadStream, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Controller, Get, Header, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { notFound } from '#common';
import { Public } from '../http/auth.guard.js';
import { OpenApiHolder } from './openapi.holder.js';

const assets = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const servable = new Set(
  readdirSync(assets).filter(name => /^(swagger-ui(-bundle)?\.(js|css)|favicon.*png)$/.test(name)),
);
const types: Record<string, string> = { js: 'text/javascript', css: 'text/css', png: 'image/png' };

const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ithn API</title><link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png"></head>
<body><div id="docs"></div><script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script></body></html>`;

const start = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, tryItOutEnabled: true });`;

/** The API, described: for programs at /openapi.json, for people at /docs. */
@ApiExcludeController()
@Public()
@Controller()
export class DocsController {
  constructor(private readonly holder: OpenApiHolder) {}

  @Get('openapi.json')
  document(): unknown {
    return this.holder.document;
  }

  @Get('docs')
  @Header('content-type', 'text/html; charset=utf-8')
  docs(): string {
    return page;
  }

  @Get('docs/start.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  start(): string {
    return start;
  }

  @Get('docs/:file')
  asset(@Param('file') file: string, @Res() reply: FastifyReply): void {
    if (!servable.has(file)) throw notFound('page', file);
    const type = types[file.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
    void reply
      .header('content-type', type)
      .header('cache-control', 'public, max-age=86400')
      .send(createReadStream(join(assets, file)));
  }
}
