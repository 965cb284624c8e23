export * from './job-handler.js';
export * from './job-queue.js';
export * from './job-runner.js';
export * from './jobs.js';
export * from './queue.module.js';
