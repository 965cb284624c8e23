export * from './data-source.js';
export * from './database.js';
export * from './database.module.js';
export * from './embedded-postgres.js';
export * from './keyset.js';
export * from './postgres-errors.js';
export * from './recreate-database.js';
export * from './server-version.js';
