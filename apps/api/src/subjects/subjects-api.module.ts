import { Module } from '@nestjs/common';
import { ConsentModule } from '#consent';
import { SubjectsModule } from '#subjects';
import { DocumentsModule } from '../documents/documents.module.js';
import { ProofsController } from './proofs.controller.js';
import { SubjectRequestsController } from './subject-requests.controller.js';
import { SubjectRightsController } from './subject-rights.controller.js';

@Module({
  imports: [ConsentModule, DocumentsModule, SubjectsModule],
  controllers: [ProofsController, SubjectRequestsController, SubjectRightsController],
})
export class SubjectsApiModule {}
