export { type Fetcher, HttpsFetcher } from './limited-fetch.js';
export * from './provider.js';
export * from './providers.js';
