export * from './config.js';
export * from './config.module.js';
export { configSchema } from './config.schema.js';
