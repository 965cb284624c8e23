import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { AttributeRepository } from './attribute.repository.js';
import { AttributesService } from './attributes.service.js';
import { ContactExport } from './contact-export.js';
import { ContactFinder } from './contact-finder.service.js';
import { ContactKeyRepository } from './contact-key.repository.js';
import { ContactRepository } from './contact.repository.js';
import { ContactsService } from './contacts.service.js';
import { ImportBatchRepository } from './import-batch.repository.js';
import { ImportBatches } from './import-batches.js';
import { ImportRunner } from './import-runner.js';
import { ImportRepository } from './import.repository.js';
import { ImportTraceRepository } from './import-trace.repository.js';
import { ImportLimits, ImportsService } from './imports.service.js';
import { RecognitionService } from './recognition.service.js';
import { RunImportHandler } from './run-import.handler.js';

/** Needs a CONSENT_RECORDER from a global module; `consent` gives it. */
@Module({
  imports: [AccessModule],
  providers: [
    AttributeRepository,
    AttributesService,
    ContactExport,
    ContactFinder,
    ContactKeyRepository,
    ContactRepository,
    ContactsService,
    ImportBatches,
    ImportBatchRepository,
    ImportLimits,
    ImportRepository,
    ImportRunner,
    ImportTraceRepository,
    ImportsService,
    RecognitionService,
    RunImportHandler,
  ],
  exports: [
    AttributesService,
    ContactExport,
    ContactFinder,
    ContactsService,
    ImportLimits,
    ImportRunner,
    ImportsService,
    RecognitionService,
    RunImportHandler,
  ],
})
export class ContactsModule {}
