import { Access1764000000001 } from './1-access.js';
import { Contacts1764000000002 } from './2-contacts.js';
import { Consent1764000000003 } from './3-consent.js';
import { Content1764000000004 } from './4-content.js';
import { Sending1764000000005 } from './5-sending.js';
import { Campaigns1764000000006 } from './6-campaigns.js';
import { LedgerSeal1764000000007 } from './7-ledger-seal.js';
import { Permission1764000000008 } from './8-permission.js';
import { SignUp1764000000009 } from './9-sign-up.js';
import { SubjectRights1764000000010 } from './10-subject-rights.js';
import { AddressKeys1764000000011 } from './11-address-keys.js';
import { Tracking1764000000012 } from './12-tracking.js';
import { ConsentForecast1764000000013 } from './13-consent-forecast.js';
import { Pacing1764000000014 } from './14-pacing.js';
import { Control1764000000015 } from './15-control.js';
import { Partitions1764000000016 } from './16-partitions.js';
import { LargeSets1764000000017 } from './17-large-sets.js';
import { Feedback1764000000018 } from './18-feedback.js';
import { OutgoingWebhooks1764000000019 } from './19-outgoing-webhooks.js';
import { Engagement1764000000020 } from './20-engagement.js';
import { Sms1764000000021 } from './21-sms.js';
import { SendingHours1764000000022 } from './22-sending-hours.js';
import { SmsCare1764000000023 } from './23-sms-care.js';
import { Orders1764000000024 } from './24-orders.js';
import { Sequences1764000000025 } from './25-sequences.js';
import { Behaviour1764000000026 } from './26-behaviour.js';
import { Faq1764000000027 } from './27-faq.js';
import { Erased1764000000028 } from './28-erased.js';

/** In the order they run. A migration that was released is never edited; the next one mends it. */
export const migrations = [
  Access1764000000001,
  Contacts1764000000002,
  Consent1764000000003,
  Content1764000000004,
  Sending1764000000005,
  Campaigns1764000000006,
  LedgerSeal1764000000007,
  Permission1764000000008,
  SignUp1764000000009,
  SubjectRights1764000000010,
  AddressKeys1764000000011,
  Tracking1764000000012,
  ConsentForecast1764000000013,
  Pacing1764000000014,
  Control1764000000015,
  Partitions1764000000016,
  LargeSets1764000000017,
  Feedback1764000000018,
  OutgoingWebhooks1764000000019,
  Engagement1764000000020,
  Sms1764000000021,
  SendingHours1764000000022,
  SmsCare1764000000023,
  Orders1764000000024,
  Sequences1764000000025,
  Behaviour1764000000026,
  Faq1764000000027,
  Erased1764000000028,
];
