export * from './engagement/index.js';
