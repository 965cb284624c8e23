export * from './consent-status.sql.js';
export { type Grant } from './grant.js';
