/** The shop of the demo; its address and numbers are made up, under names that can belong to nobody. */
export const sampleSender = {
  key: 'nakhla',
  legalName: 'Nakhla Trading LLC',
  // Latin alone: one Arabic letter of it would double what an English SMS costs.
  tradingName: 'Nakhla',
  registrationNumber: '1010000000',
  registrationPlace: 'Commercial Register, Riyadh',
  registeredAddress: '12 Olaya Street, Riyadh 12211, Saudi Arabia',
  contactEmail: 'hello@nakhla.example',
  phone: '+966 11 000 0000',
  website: 'https://nakhla.example',
  privacyUrl: 'https://nakhla.example/privacy',
  fromName: 'Nakhla نخلة',
  fromEmail: 'offers@news.nakhla.example',
  replyTo: 'hello@nakhla.example',
  defaultLocale: 'en',
  timeZone: 'Asia/Riyadh',
  country: 'SA',
};

export const sampleTopics = [
  {
    key: 'offers',
    name: { en: 'Offers', ar: 'العروض' },
    description: { en: 'New offers, about twice a month', ar: 'عروض جديدة، مرتين في الشهر تقريبًا' },
  },
  {
    key: 'stories',
    name: { en: 'Stories', ar: 'الحكايات' },
    description: { en: 'How our dates and coffee are grown', ar: 'كيف تُزرع تمورنا وقهوتنا' },
  },
];

/** What subscribers get once they have confirmed. */
export const sampleIncentive = {
  name: { en: 'Free delivery of your first order', ar: 'توصيل مجاني لأول طلب' },
  text: { en: 'Your code: AHLAN', ar: 'الرمز: AHLAN' },
};

export const sampleAttributes = [
  { key: 'city', type: 'text', description: 'City' },
  { key: 'birthday', type: 'date', description: 'Birthday' },
  { key: 'points', type: 'number', description: 'Loyalty points' },
  { key: 'vip', type: 'boolean', description: 'Very good customer' },
  { key: 'interests', type: 'list', description: 'What they like' },
];

/** How the columns of templates/samples/contacts.csv become consent. */
export function sampleImport(topicId: string): unknown {
  return {
    matchBy: 'email',
    columns: { 'customer id': 'externalId', interests: 'attributes.interests' },
    consents: [
      {
        topicId,
        channel: 'email',
        column: 'agreed to offers',
        basis: { column: 'basis' },
        evidence: { text: { column: 'wording' }, source: { column: 'where' } },
        occurredAt: { column: 'when' },
      },
      {
        topicId,
        channel: 'sms',
        column: 'agreed to sms',
        basis: { column: 'basis' },
        evidence: { text: { column: 'sms wording' }, source: { column: 'where' } },
        occurredAt: { column: 'when' },
      },
    ],
  };
}

/** Two countries take no answers and want advertisements to come from a name; all others can answer the number. */
export const sampleSmsSources = [
  { country: 'SA', from: 'Nakhla' },
  { country: 'AE', from: 'Nakhla' },
  // As fast as the phone takes them: the usual part a second would keep the demo waiting.
  { from: '+15005550006', rate: null },
];

/** What a part costs, made up: nobody is paid. */
export const sampleSmsPrices = [
  { country: 'SA', price: '0.045' },
  { country: 'AE', price: '0.037' },
  { country: 'EG', price: '0.28' },
  { country: 'GB', price: '0.04' },
  { country: 'CA', price: '0.0079' },
  { country: 'US', price: '0.0079' },
  { price: '0.1' },
];

/** It says who writes; what the laws want before and behind it, the way out above all, is put to it. */
export const sampleSms = {
  name: 'Autumn offer by SMS',
  channel: 'sms',
  defaultLocale: 'en',
  content: {
    en: {
      text: 'Nakhla: Hi {{ contact.firstName | default: "there" }}, the new dates are in: 15% off until Sunday. https://nakhla.example/new',
    },
    ar: {
      text: 'Nakhla: أهلًا {{ contact.firstName | default: "بك" }}، وصلت تمور الموسم: خصم 15% حتى الأحد. https://nakhla.example/new',
    },
  },
};
