export { Campaign } from './campaign.entity.js';
export { campaignStates, type CampaignState } from './campaign-state.js';
export * from './campaigns.module.js';
export * from './campaigns.service.js';
export * from './launch-due-campaigns.handler.js';
export * from './team.service.js';
export * from './test-sends.service.js';
export { type SmsEstimate, type Span } from './sms-estimate.js';
export * from './sms-estimates.service.js';
