export * from './apply-retention.handler.js';
export { type HeldConfirmation, type HeldPreference } from './held-data.repository.js';
export * from './subject-documents.service.js';
export * from './subject-export.js';
export { SubjectRequest, type SubjectRequestKind, subjectRequestKinds } from './subject-request.entity.js';
export { type SubjectRequestFilter } from './subject-request.repository.js';
export * from './subject-requests.service.js';
export * from './subject-rights.service.js';
export * from './subjects.module.js';
