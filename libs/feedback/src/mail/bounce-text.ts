import { addressesIn } from './mail-addresses.js';
import { type ReportedRecipient } from './inbound-mail.js';

/** What a server wrote for people about one address. */
export interface Explanation {
  address: string;
  text: string;
}

/** A server's text, and whatever it returned behind it. */
export interface BounceText {
  own: string;
  returned: string;
}

/** Lines after which the original mail follows: qmail, Exim, Sendmail, Exchange, Domino, and their translations. */
const copyFollows =
  /^[-=*_ \t>]{0,40}(?:below this line is a copy|this is a copy of (?:the|your) message|(?:the )?original message(?: headers?)?(?: follows?| was| to)?|message headers? follows?|unsent message follows|returned message(?: follows)?|copy of (?:the|your|original)|the (?:header|headers|body|text) of (?:the|your)|header of (?:the )?original|your (?:original )?message (?:reads|follows|was)|undelivered message|original(?:-| )?nachricht|kopie der (?:nachricht|mail)|message d['’]origine|message original|mensaje original|mensagem original|ниже (?:приведен|следует)|исходное (?:письмо|сообщение)|原始邮件|原始郵件|元のメッセージ|نص الرساله|الرسالة الأصلية)/i;

/** Splits a bounce's text from the mail it returned, which may say anything. */
export function splitBounceText(text: string): BounceText {
  const lines = text.split(/\r\n|\r|\n/, 5_000);
  for (let index = 0; index < lines.length; index++) {
    const line = (lines[index] ?? '').slice(0, 300);
    const headers = /^(?:received|return-path|dkim-signature|delivered-to|arc-seal):/i.test(line);
    if (headers || (index > 2 && copyFollows.test(line))) {
      return {
        own: lines.slice(0, index).join('\n'),
        returned: lines.slice(headers ? index : index + 1).join('\n'),
      };
    }
  }
  return { own: lines.join('\n'), returned: '' };
}

/** What may stand in front of an address that a server reports, on its line. */
const beforeAddress =
  /^(?:[-*•>"'<([\s\d.)]|(?:final |original |failed |intended )?(?:recipients?|rcpt|address(?:es)?|e-?mail|to|user|mailbox|an|destinataire|adresse|empfänger|получатель|адрес|收件人)(?: address)?\s?[:=]|mailto:|smtp:|rfc822;?){0,8}$/i;
/** Sentences in which Gmail, Exchange and others name the address. */
const namesAddress =
  /(?:your (?:message|e-?mail|mail) to|wasn['’]?t delivered to|couldn['’]?t be delivered to|could not be delivered to|delivering (?:your )?(?:message|mail|e-?mail)?\s?to|delivery to|undeliverable to|failed to deliver to|not delivered to|recipients?|remis[e]? à|zugestellt werden|entregar (?:el|su|a|o)|доставлено|تسليم)/i;
/** "Unknown user: ", and the heads that name whoever wrote. */
const labelled = /^[^@:]{1,60}[:：]\s{0,5}<?$/;
const ofSender = /^\s*(?:from|sender|reply-to|return-path|message-id|von|de|cc|contact)\b/i;
/** Addresses of machines and helpers, which texts name too. */
const helper =
  /^(?:mailer-daemon|postmaster|mail-daemon|abuse|support|help|admin|administrator|hostmaster|noreply|no-reply)@/i;
/** Where a server's own answer stands. */
const answer = /(?:^|[\s<>:("'#])[45](?:\d\d[\s-]|\.\d{1,3}\.\d{1,3})/;

const longestExplanation = 2_000;

/** The addresses a server's text complains of, each with what is said of it. */
export function explanationsIn(own: string, most = 100): Explanation[] {
  const lines = own.split('\n', 2_000).map(line => line.slice(0, 1_000));
  const found = new Map<string, number>();
  lines.forEach((line, index) => {
    if (!line.includes('@')) return;
    const [address] = addressesIn(line, 1);
    if (!address || helper.test(address) || found.has(address) || found.size >= most) return;
    const before = line.slice(
      0,
      Math.max(0, line.toLowerCase().indexOf(address.split('@', 1)[0] ?? address)),
    );
    if (labelled.test(before) && !ofSender.test(before)) found.set(address, index);
    else if (beforeAddress.test(before.slice(0, 60)) || answer.test(before) || namesAddress.test(before))
      found.set(address, index);
  });
  const starts = [...found.values()];
  return [...found].map(([address, start], number) => ({
    address,
    text: explain(lines, start, starts[number + 1] ?? lines.length),
  }));
}

/** From the line that names an address to the next that names one; blank lines end it once something was said. */
function explain(lines: readonly string[], start: number, end: number): string {
  const said: string[] = [];
  let length = 0;
  let blank = 0;
  for (const line of lines.slice(start, Math.min(end, start + 40))) {
    if (line.trim() === '') blank++;
    // A blank line or two may stand between an address and what is said of it, and within what Exchange says.
    if (blank > 3 || length > longestExplanation) break;
    said.push(line.trim());
    length += line.length;
  }
  return said.join('\n').trim().slice(0, longestExplanation);
}

/** Lines in which a server's answer stands, of the whole text. */
export function answersIn(own: string): string {
  const lines = own.split('\n', 2_000);
  const picked = lines.flatMap((line, index) =>
    answer.test(line.slice(0, 300)) ? [line.trim(), (lines[index + 1] ?? '').trim()] : [],
  );
  return [...new Set(picked)].join('\n').slice(0, longestExplanation);
}

const delayed =
  /(?:not yet been delivered|has been delayed|is delayed|delivery (?:is |has been )?(?:delayed|incomplete)|will (?:continue to )?(?:retry|try|be retried|keep trying)|still (?:being retried|trying)|warning message only|temporary problem|no action is required|you do not need to resend|verzögert|retardée?|отложен|延迟)/i;
const final =
  /(?:permanent (?:fatal |delivery )?(?:error|failure)|fatal error|giving up|gave up|could not be delivered|couldn['’]t be delivered|failed permanently|undeliverable|not be retried|will not be retried|wasn['’]t delivered|was not delivered)/i;

/** Promises to go on, which a mail that came back never bears: "could not be delivered for 4 hours" stands beside them. */
const goesOn =
  /(?:warning (?:message )?only|(?:do not|don['’]t|need not|no) need to (?:resend|re-?send|send)|(?:will|shall) be (?:retried|re-?tried|tried again) (?:until|for|every)|(?:attempts?|tries|retries) will continue|will (?:continue to|keep) (?:re)?try\w*|not yet been delivered|still being retried)/i;

/** Whether a text warns of a delay and does not say that it is over. */
export function saysDelayed(own: string): boolean {
  const text = own.slice(0, 5_000);
  return goesOn.test(text) || (delayed.test(text) && !final.test(text));
}

/** The recipients a text names, or one without a name. `known` are those a header named (X-Failed-Recipients). */
export function recipientsInText(
  own: string,
  known: readonly string[],
  ignore: readonly string[],
): ReportedRecipient[] {
  const action = saysDelayed(own) ? 'delayed' : 'failed';
  const named = explanationsIn(own).filter(({ address }) => !ignore.includes(address));
  const wanted =
    known.length > 0
      ? known.map(address => named.find(one => one.address === address) ?? { address, text: '' })
      : named;
  const answers = answersIn(own);
  const build = (address: string | null, text: string): ReportedRecipient => {
    const words = [text, wanted.length <= 1 || text === '' ? answers : ''].filter(Boolean).join('\n');
    // Domino says why above the address; others say it in one sentence for all.
    const silent = !/\p{L}{3}/u.test(words.replace(/\S+@\S+/g, ''));
    const diagnostic = silent ? own.trim().slice(0, longestExplanation) : words;
    const status = /(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.]*\d)/.exec(diagnostic)?.[0] ?? null;
    return {
      ...{
        finalRecipient: address,
        originalRecipient: null,
        action,
        status,
        remoteMta: null,
        explanation: null,
      },
      diagnostic: diagnostic === '' ? null : { type: 'text', text: diagnostic },
    };
  };
  return wanted.length > 0 ? wanted.map(({ address, text }) => build(address, text)) : [build(null, '')];
}
