/** The shop of the demo; its address and numbers are made up, under names that can belong to nobody. */
export const sampleSender = {
  key: 'nakhla',
  legalName: 'Nakhla Trading LLC',
  tradingName: 'Nakhla نخلة',
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
    ],
  };
}
