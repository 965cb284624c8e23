export * from './events.module.js';
export * from './events.service.js';
export {
  EVENT_NAME,
  type EventData,
  eventLimits,
  type EventName,
  type PersonEvent,
  type Telling,
  type ToldEvent,
} from './person-event.js';
