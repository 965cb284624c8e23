import { type INestApplicationContext } from '@nestjs/common';
import { type LocalizedText } from '#common';
import { type Sender, type SenderFields, SendersService, type Topic } from '#consent';

let count = 0;

/** A sender that lacks nothing. */
export function addSender(app: INestApplicationContext, fields: Partial<SenderFields> = {}): Promise<Sender> {
  const complete: SenderFields = {
    legalName: 'Nakheel Trading Company LLC',
    tradingName: 'Nakheel Market',
    registrationNumber: '1010123456',
    registrationPlace: 'Commercial Register, Riyadh',
    registeredAddress: '12 Olaya Street, Riyadh 12211, Saudi Arabia',
    contactEmail: 'care@nakheel.example',
    phone: '+966 11 234 5678',
    website: 'https://nakheel.example',
    privacyUrl: 'https://nakheel.example/privacy',
    fromName: 'Nakheel Market',
    fromEmail: 'news@mail.nakheel.example',
    replyTo: 'care@nakheel.example',
    defaultLocale: 'en',
    timeZone: 'Asia/Riyadh',
    country: 'SA',
  };
  return sendersOf(app).create(`sender-${++count}`, { ...complete, ...fields }, 'tests');
}

export function addTopic(
  app: INestApplicationContext,
  sender: Sender,
  name: LocalizedText = { en: 'Offers', ar: 'العروض' },
  description: LocalizedText = {
    en: 'New products and prices, about twice a month.',
    ar: 'منتجات وأسعار جديدة، نحو مرتين في الشهر.',
  },
): Promise<Topic> {
  return sendersOf(app).createTopic(sender.id, `topic-${++count}`, name, description, 'tests');
}

function sendersOf(app: INestApplicationContext): SendersService {
  return app.get(SendersService, { strict: false });
}
