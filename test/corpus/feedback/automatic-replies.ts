import { multipart, ourMessageId, textMail } from './build-mail.js';

export interface LabelledAutomaticReply {
  name: string;
  mail: string;
  /** What gives it away. */
  sign: string;
}

const from = { From: 'Anna <anna@firm.example>', To: 'hello@news.shop.example', 'In-Reply-To': ourMessageId };

export const labelledAutomaticReplies: readonly LabelledAutomaticReply[] = [
  {
    name: 'RFC 3834',
    sign: 'header',
    mail: textMail(
      { ...from, Subject: 'Re: Your order', 'Auto-Submitted': 'auto-replied (vacation)' },
      'I am away until Monday.',
    ),
  },
  {
    name: 'Exchange, in English',
    sign: 'header',
    mail: textMail(
      {
        ...from,
        Subject: 'Automatic reply: Your order',
        'Auto-Submitted': 'auto-generated',
        'X-Auto-Response-Suppress': 'All',
      },
      'I am out of the office and will stop by my desk on Monday.',
    ),
  },
  {
    name: 'A subject in Arabic',
    sign: 'subject',
    mail: textMail({ ...from, Subject: 'رد تلقائي: طلبك' }, 'أنا في إجازة حتى يوم الأحد.'),
  },
  {
    name: 'A subject in French',
    sign: 'subject',
    mail: textMail(
      { ...from, Subject: '=?UTF-8?Q?R=C3=A9ponse_automatique_:_Votre_commande?=' },
      'Je suis absente du bureau.',
    ),
  },
  {
    name: 'A subject in German',
    sign: 'subject',
    mail: textMail({ ...from, Subject: 'Abwesenheitsnotiz: Ihre Bestellung' }, 'Ich bin im Urlaub.'),
  },
  {
    name: 'Out of office, without any header',
    sign: 'subject',
    mail: textMail({ ...from, Subject: 'Out of Office' }, 'Back on Monday.'),
  },
  {
    name: 'Words alone',
    sign: 'text',
    mail: textMail(
      { ...from, Subject: 'Re: Your order' },
      'Thank you for your message. I am currently out of the office until 5 January.',
    ),
  },
  {
    name: 'X-Autoreply',
    sign: 'header',
    mail: textMail({ ...from, Subject: 'Re: Your order', 'X-Autoreply': 'yes' }, 'Merci de votre message.'),
  },
  {
    name: 'Precedence of a responder',
    sign: 'header',
    mail: textMail(
      { ...from, Subject: 'Re: Your order', Precedence: 'auto_reply' },
      'We received your message.',
    ),
  },
  {
    name: 'A list',
    sign: 'bulk',
    mail: textMail(
      { ...from, Subject: '[club] News', Precedence: 'list', 'List-Id': 'Club <club.example>' },
      'Unsubscribe at the end.',
    ),
  },
  {
    name: 'A ticket',
    sign: 'header',
    mail: textMail(
      { ...from, Subject: '[#4711] We have received your request', 'Auto-Submitted': 'auto-generated' },
      'Ticket 4711 was opened.',
    ),
  },
  {
    name: 'A challenge',
    sign: 'challenge',
    mail: textMail(
      { ...from, Subject: 'Re: Your order [please confirm your message]' },
      'Your message is being held. To deliver your message, please click here and prove you are human.',
    ),
  },
  {
    name: 'A receipt (RFC 8098)',
    sign: 'read_receipt',
    mail: multipart(
      'multipart/report; report-type=disposition-notification',
      [
        'From: anna@firm.example',
        'To: hello@news.shop.example',
        'Subject: Read: Your order',
        'Message-ID: <mdn@firm.example>',
      ],
      [
        { type: 'text/plain', body: 'Your message was read.' },
        {
          type: 'message/disposition-notification',
          body: `Reporting-UA: firm.example; Mail\nFinal-Recipient: rfc822;anna@firm.example\nOriginal-Message-ID: ${ourMessageId}\nDisposition: manual-action/MDN-sent-manually; displayed`,
        },
      ],
    ),
  },
  ...[
    "Hi, I'm away until Monday. For urgent matters call 123.",
    'Thank you for your email. I will be on annual leave and will respond on my return.',
    'I am out of the office. Please contact sara@firm.example if it is urgent.',
    'I am on holiday. Need help? Please call my colleague.',
    'Thank you for contacting Support. Your ticket #123 has been created.',
    'Ahmed has left the company. Please contact sara@dest.example',
    'This mailbox is no longer monitored.',
    'Ich befinde mich derzeit im Urlaub.',
    'Ich bin derzeit nicht erreichbar und kehre am 5.12. zurück. Bitte wenden Sie sich an Frau Beispiel.',
    'Danke für Ihre Mail. Bis zum 5.12. bin ich außer Haus.',
    'Je serai absent du 22 au 30 novembre. Merci de contacter ma collègue.',
    'Actuellement en congés, je prendrai connaissance de votre message à mon retour.',
    'سوف أكون في إجازة من ١ إلى ١٠ ديسمبر',
    'أنا حاليًا في إجازة سنوية، يرجى التواصل مع سارة',
    'تم استلام رسالتكم وسيتم الرد عليكم في أقرب وقت، هذه رسالة آلية',
  ].map(text => ({
    name: `Words alone: ${text}`,
    sign: 'text',
    mail: textMail({ ...from, Subject: 'Re: Sale' }, text),
  })),
  ...[
    ['Absent(e) du bureau: Sale', 'Je rentre lundi.'],
    ['Réponse auto : Sale', 'Je rentre lundi.'],
    ['Message automatique : Sale', 'Nous avons bien reçu votre message.'],
    ['OOO Re: Sale', 'back Monday'],
    ['Maternity leave Re: Sale', 'Back in May.'],
    ['Urlaub Re: Sale', 'Ich bin wieder ab 5.12. da'],
    ['Automatické odpověď: Sale', 'Děkuji'],
    ['Autorisposta: Sale', 'Grazie'],
    ['Fuori sede: Sale', 'Torno lunedì.'],
    ['Mailbox no longer monitored', 'Write to info@firm.example'],
    // A program's own subject, whatever its owner has it say.
    ['Automatic reply: Sale', 'Could you please resend your order on Monday?'],
  ].map(([subject = '', text = '']) => ({
    name: subject,
    sign: 'subject',
    mail: textMail({ ...from, Subject: subject }, text),
  })),
];
