import { Module } from '@nestjs/common';
import { DocumentRenderer } from './document-renderer.js';

/** Documents for reading and printing; both the API and the customer pages hand them out. */
@Module({ providers: [DocumentRenderer], exports: [DocumentRenderer] })
export class DocumentsModule {}
