/** What purchases are the ground for, in the shop of the demo. */
export const sampleServiceTopics = [
  {
    ...{ key: 'orders', purpose: 'transactional', name: { en: 'Your orders', ar: 'طلباتك' } },
    description: { en: 'Receipts and what happens to an order', ar: 'الإيصالات وما يجري على الطلب' },
  },
  {
    ...{ key: 'care', purpose: 'service', name: { en: 'After your purchase', ar: 'ما بعد الشراء' } },
    description: { en: 'How to use what you bought, and help', ar: 'كيفية استعمال ما اشتريته، والمساعدة' },
  },
];

/** What the checkout says where it offers to refuse offers of similar products. */
export const sampleRefusal = {
  en: 'We may tell you of similar products. Tick here if you would rather not hear of them.',
  ar: 'قد نخبرك بمنتجات مشابهة. ضع علامة هنا إن كنت لا تود ذلك.',
};

/** What stands beside the box for offers. */
export const sampleConsent = {
  en: 'Yes, send me offers of Nakhla by email. I can stop that at any time.',
  ar: 'نعم، أرسلوا إليّ عروض نخلة بالبريد الإلكتروني، ويمكنني إيقاف ذلك في أي وقت.',
};

export const sampleFaq = [
  {
    question: { en: 'How do I keep the dates fresh?', ar: 'كيف أحفظ التمر طازجًا؟' },
    answer: {
      en: 'In the fridge, in a closed box, they keep for six months.',
      ar: 'يبقى ستة أشهر في الثلاجة داخل علبة محكمة.',
    },
  },
  {
    question: { en: 'Something arrived broken. What now?', ar: 'وصلني شيء مكسور، فماذا أفعل؟' },
    answer: {
      en: 'Send us a picture within a week, and we send it again.',
      ar: 'أرسل إلينا صورة خلال أسبوع فنعيد إرساله.',
    },
  },
];

/** Who buys: in Arabic, and ticks the box for offers; with a phone alone; and one who gives it back. The checkout spoke `locale`. */
export const sampleBuyers = [
  {
    name: 'Noura',
    externalId: '1001',
    locale: 'ar-SA',
    customer: { email: 'noura@customers.example', firstName: 'نورة', locale: 'ar-SA', country: 'SA' },
    items: [
      { name: 'تمر سكري فاخر، ١ كجم', category: 'dates', quantity: 2, unitPrice: '45.00', replenishDays: 45 },
      { name: 'قهوة عربية، ٢٥٠ جم', category: 'coffee', quantity: 1, unitPrice: '32.00', replenishDays: 30 },
    ],
    total: { amount: '122.00', currency: 'SAR' },
    ticks: true,
    isReturned: false,
  },
  {
    name: 'Omar',
    externalId: '1002',
    locale: 'ar-SA',
    customer: { phone: '+966555550142', firstName: 'عمر', locale: 'ar-SA', country: 'SA' },
    items: [
      { name: 'قهوة عربية، ٢٥٠ جم', category: 'coffee', quantity: 1, unitPrice: '32.00', replenishDays: 30 },
    ],
    total: { amount: '32.00', currency: 'SAR' },
    ticks: false,
    isReturned: false,
  },
  {
    name: 'James',
    externalId: '1003',
    locale: 'en-GB',
    customer: { email: 'james@customers.example', firstName: 'James', locale: 'en-GB', country: 'GB' },
    items: [{ name: 'Brass coffee pot', category: 'pots', quantity: 1, unitPrice: '89.00' }],
    total: { amount: '89.00', currency: 'SAR' },
    ticks: false,
    isReturned: true,
  },
];
