import { smsCommands } from '../../../../test/corpus/feedback/sms-commands.js';
import { readSms, type SmsCommand } from './sms-command.js';

const phrases = Object.entries(smsCommands).flatMap(([command, texts]) =>
  texts.map(text => ({ command: command as SmsCommand, text })),
);

describe('an SMS that comes back', () => {
  it('is a request to stop, to start or for help, or none, as people write in three languages', () => {
    const wrong = phrases
      .map(phrase => ({ ...phrase, ...{ read: readSms(phrase.text) } }))
      .filter(({ command, read }) => read.command !== command);
    expect(wrong).toEqual([]);
    expect(phrases.length).toBeGreaterThanOrEqual(150);
  });

  it('is read the same in any case, width, script form and with marks that nobody sees', () => {
    for (const text of ['stop', 'arrêt', 'إيقاف', 'إلغاء الاشتراك']) {
      const forms = [
        ...[text.toUpperCase(), `  ${text}  `, `"${text}"`, `${text}.`, `\u200f${text}\u200e`, `${text}\r\n`],
        ...[
          text.normalize('NFD'),
          text.normalize('NFKC'),
          `\u202b${text}\u202c`,
          [...text].join('\u0640'),
        ].slice(0, /[a-z]/i.test(text) ? 3 : 4),
      ];
      for (const form of forms) expect({ form, ...readSms(form) }).toMatchObject({ form, command: 'stop' });
    }
  });

  it('asks for what a country of its own words says it does', () => {
    const keywords = {
      stop: new Set(['durdur']),
      start: new Set(['basla']),
      help: new Set(['yardim']),
      innocent: [],
    };
    expect([readSms('DURDUR', keywords).command, readSms('Yardim!', keywords).command]).toEqual([
      'stop',
      'help',
    ]);
    // Whoever asks in another language is obeyed, too.
    expect([readSms('STOP', keywords).command, readSms('Yardim!').command]).toEqual(['stop', 'none']);
  });
});
