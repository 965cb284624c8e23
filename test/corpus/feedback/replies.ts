import { multipart, ourMessageId, returnedMail, textMail } from './build-mail.js';

export interface LabelledReply {
  name: string;
  mail: string;
  newText: string;
}

const from = {
  From: 'Anna <anna@firm.example>',
  To: 'hello@news.shop.example',
  Subject: 'Re: Your order',
  'In-Reply-To': ourMessageId,
  References: `<older@x.example> ${ourMessageId}`,
};
const plain = (
  name: string,
  newText: string,
  text: string,
  headers: Record<string, string> = {},
): LabelledReply => ({ name, newText, mail: textMail({ ...from, ...headers }, text) });
const html = (name: string, newText: string, body: string): LabelledReply => ({
  name,
  newText,
  mail: textMail(
    from,
    `<html><head><style>p { color: red }</style></head><body>${body}</body></html>`,
    'text/html; charset=utf-8',
  ),
});

/** With a file, as people attach them. */
const attached = (name: string, newText: string, file: string, type = 'text/plain'): LabelledReply => ({
  name,
  newText,
  mail: multipart(
    'multipart/mixed',
    Object.entries({ ...from, 'Message-ID': '<c@firm.example>' }).map(([key, value]) => `${key}: ${value}`),
    [
      { type: 'text/plain; charset=utf-8', body: newText },
      {
        type: `${type}; name="mail.log"`,
        headers: ['Content-Disposition: attachment; filename="mail.log"'],
        body: file,
      },
    ],
  ),
});

export const labelledReplies: readonly LabelledReply[] = [
  plain(
    'Gmail',
    'Yes, Tuesday is fine.',
    'Yes, Tuesday is fine.\n\nOn Sun, Nov 22, 2026 at 10:00 AM Shop <hello@news.shop.example> wrote:\n\n> Dear Anna,\n> unsubscribe here',
  ),
  plain(
    'Gmail, its line broken in two',
    'Where is my parcel?',
    'Where is my parcel?\n\nOn Sun, Nov 22, 2026 at 10:00 AM Shop of Things and Other Things\n<hello@news.shop.example> wrote:\n\n> Dear Anna,',
  ),
  plain(
    'Gmail in French',
    'Merci beaucoup !',
    'Merci beaucoup !\n\nLe dim. 22 nov. 2026 à 10:00, Shop <hello@news.shop.example> a écrit :\n\n> Chère Anna,\n> se désabonner',
  ),
  plain(
    'Gmail in Arabic',
    'شكرًا، وصلني الطلب.',
    '‫شكرًا، وصلني الطلب.‬\n\n‫في الأحد، 22 نوفمبر 2026 في 10:00 ص تمت كتابة ما يلي بواسطة ‪Shop‬‏ <‪hello@news.shop.example‬‏>:‬\n\n> عزيزتي\n> إلغاء الاشتراك',
  ),
  plain(
    'Somebody wrote, in Arabic',
    'متى يصل الطلب؟',
    'متى يصل الطلب؟\n\nفي 22 نوفمبر 2026، الساعة 10:00، كتب المتجر <hello@news.shop.example>:\n\n> عزيزتي',
  ),
  plain(
    'Outlook, as text',
    'Please call me.',
    'Please call me.\n\n-----Original Message-----\nFrom: Shop <hello@news.shop.example>\nSent: Sunday, November 22, 2026 10:00\nTo: Anna\nSubject: Your order\n\nDear Anna,',
  ),
  plain(
    'Outlook with a line and heads',
    'I agree.',
    'I agree.\n\n________________________________\nFrom: Shop <hello@news.shop.example>\nSent: Sunday, November 22, 2026 10:00\nTo: Anna\nSubject: Your order\n\nUnsubscribe',
  ),
  plain(
    'Outlook in French',
    "D'accord.",
    "D'accord.\n\nDe : Shop <hello@news.shop.example>\nEnvoyé : dimanche 22 novembre 2026 10:00\nÀ : Anna\nObjet : Votre commande\n\nChère Anna,",
  ),
  plain(
    'Outlook in Arabic',
    'موافق.',
    'موافق.\n\nمن: المتجر <hello@news.shop.example>\nتم الإرسال: الأحد 22 نوفمبر 2026\nإلى: آنا\nالموضوع: طلبك\n\nعزيزتي',
  ),
  plain(
    'Apple Mail and a telephone',
    'On my way.',
    'On my way.\n\nSent from my iPhone\n\n> On 22 Nov 2026, at 10:00, Shop <hello@news.shop.example> wrote:\n> \n> Dear Anna,',
  ),
  plain(
    'A telephone in Arabic',
    'حسنًا',
    'حسنًا\n\nأُرسلت من الـ iPhone\n\n> في ٢٢ نوفمبر ٢٠٢٦، كتب المتجر <hello@news.shop.example>:\n> عزيزتي',
  ),
  plain(
    'Thunderbird in German, signature',
    'Passt.',
    'Passt.\n\n-- \nAnna Beispiel\nFirma GmbH\n\nAm 22.11.26 um 10:00 schrieb Shop:\n> Hallo',
  ),
  plain(
    'Below the quote',
    'Yes, that is the right size.',
    'On Sun, Nov 22, 2026 at 10:00 AM Shop <hello@news.shop.example> wrote:\n> Is this the right size?\n\nYes, that is the right size.',
  ),
  plain(
    'Between the lines of the quote',
    'Blue, please.\n\nMonday.',
    'Shop wrote:\n> Which colour?\n\nBlue, please.\n\n> Which day?\n\nMonday.'.replace(
      'Shop wrote:\n',
      'On 22 Nov 2026 at 10:00, Shop wrote:\n',
    ),
  ),
  plain(
    'A closing and a name',
    'The second one.',
    'The second one.\n\nKind regards,\nAnna Beispiel\n+49 30 1234',
  ),
  plain('A closing in Arabic', 'أرغب في استبدال المنتج.', 'أرغب في استبدال المنتج.\n\nمع خالص التحية،\nليلى'),
  plain(
    'A closing in French',
    'Je voudrais échanger.',
    'Je voudrais échanger.\n\nCordialement,\nJeanne Dupont',
  ),
  plain(
    'No quote at all',
    'Do you ship to Kuwait? On Monday I wrote: nobody answered.',
    'Do you ship to Kuwait? On Monday I wrote: nobody answered.',
  ),
  plain(
    'Sent by Outlook, which asks not to be answered by machines',
    'I am back. Thanks!',
    'I am back. Thanks!',
    { 'X-Auto-Response-Suppress': 'OOF, AutoReply', 'Auto-Submitted': 'no' },
  ),
  plain('A subject of ours that sounds like an absence', 'Nice trousers.', 'Nice trousers.', {
    Subject: 'Re: Out of office: trousers for the weekend',
  }),
  html(
    'Gmail, HTML',
    'Stop sending these.',
    '<div dir="ltr">Stop sending these.</div><br><div class="gmail_quote"><div class="gmail_attr">On Sun, Nov 22, 2026 at 10:00 AM Shop &lt;<a href="mailto:hello@news.shop.example">hello@news.shop.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote"><p>Dear Anna, unsubscribe here</p></blockquote></div>',
  ),
  html(
    'Outlook on the web, HTML',
    'Call me on Monday.',
    '<div>Call me on Monday.</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Shop<br><b>Sent:</b> Sunday</div><div>Dear Anna, unsubscribe</div>',
  ),
  html(
    'Outlook on the desk, HTML',
    'Fine by me.',
    '<p class="MsoNormal">Fine by me.</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p><b>From:</b> Shop</p></div></div><p>Dear Anna</p>',
  ),
  html(
    'Yahoo, HTML, right to left',
    'لا أستطيع فتح الملف.',
    '<div dir="rtl">لا أستطيع فتح الملف.</div><div id="ydp1" class="yahoo_quoted"><div>On Sunday, Shop wrote:</div><div>Dear Anna</div></div>',
  ),
  html(
    'A signature in HTML',
    'Agreed.',
    '<p>Agreed.</p><div class="gmail_signature">Anna<br>Unsubscribe from nothing</div>',
  ),
  {
    name: 'Both texts, the plain one is read',
    newText: 'Plain words.',
    mail: multipart(
      'multipart/alternative',
      Object.entries({ ...from, 'Message-ID': '<b@firm.example>' }).map(
        ([name, value]) => `${name}: ${value}`,
      ),
      [
        {
          type: 'text/plain; charset=utf-8',
          body: 'Plain words.\n\nOn Sun, Nov 22, 2026 at 10:00 AM Shop <hello@news.shop.example> wrote:\n> Dear',
        },
        { type: 'text/html; charset=utf-8', body: '<p>HTML words.</p>' },
      ],
    ),
  },
  attached(
    'A log attached, in which a report stands',
    'stop sending me mail',
    'Final-Recipient: rfc822; anna@firm.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown',
  ),
  attached(
    'A text attached, in which a complaint stands',
    'Is this how a complaint looks?',
    'Feedback-Type: abuse\nUser-Agent: x\nVersion: 1\nOriginal-Rcpt-To: anna@firm.example',
  ),
  attached(
    'Our mail attached, forwarded by Outlook before',
    'This one, please.',
    `X-HmXmrOriginalRecipient: anna@hotmail.example\n${returnedMail('anna@hotmail.example')}`,
    'message/rfc822',
  ),
  ...[
    ['Order 55 could not be delivered', 'The courier says the parcel could not be delivered.'],
    ['Failed delivery', 'Your driver was not delivering on Monday. Delivery failed twice.'],
    ['لم يتم تسليم الطلب', 'لم يتم توصيل الطلب حتى الآن'],
    ['Colis non remis', "Le colis n'a pas pu être livré."],
  ].map(([subject = '', text = '']) =>
    plain(`A parcel that did not come: ${subject}`, text, text, { Subject: subject }),
  ),
  ...[
    ['Re: Sale', 'I am on vacation next month, can you ship before?'],
    ['Re: Sale', 'I’m on leave right now, so please ship to my home instead.'],
    ['Re: Sale', "I'm away until Monday, please hold the parcel."],
    ['Re: Sale', 'I am away from my desk on Tuesdays. Deliver it on Wednesday!'],
    ['Re: Sale', 'I am out of office chairs, please send the catalogue'],
    ['Re: Sale', 'My colleague has left the company. Remove him from your list.'],
    ['Re: Sale', 'Je suis absente lundi, pouvez-vous livrer mardi ?'],
    ['Re: Sale', 'Je serai absent demain, merci de laisser le colis au voisin.'],
    ['Re: Sale', 'أنا في إجازة هل يمكن التوصيل للبيت؟'],
    ['Re: Sale', 'سأكون خارج المكتب غدًا، أرجو تأجيل الطلب'],
    ['Re: Sale', 'Ich bin bis Montag im Urlaub. Können Sie später liefern?'],
    ['Re: Sale', 'Je suis en vacances, livrez plutôt chez ma mère'],
    ['Re: Sale', 'I am on holiday in Spain and saw your mail. Which sizes do you have?'],
    ['Re: Sale', 'The ticket for my complaint was opened three weeks ago and nobody answered'],
    ['Out of office furniture', 'Do you sell it?'],
    ['Out of Office', 'Please remove me from your list.'],
    ['On holiday opening hours', 'When?'],
    ['On vacation next week', 'Please keep my parcel until then.'],
    ['Automatic response unit - price?', 'How much is it?'],
    ['Abwesend am Montag - Lieferung', 'Bitte am Dienstag liefern'],
    ['في إجازة العيد هل أنتم مفتوحون؟', 'أحتاج هدية'],
  ].map(([subject = '', text = '']) => plain(`Away, and asks: ${text}`, text, text, { Subject: subject })),
];
