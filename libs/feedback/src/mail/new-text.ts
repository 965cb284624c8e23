import { isSignatureStart } from './signature.js';

/** More is nobody's reply; what is behind is not read. */
const mostLines = 2_000;
const longest = 10_000;

/** "Original message" between dashes, in the words of mail programs. */
const separator =
  /^[-_*=\s]{0,20}(?:original message|forwarded message|begin forwarded message|message d['’]origine|message original|message transféré|message initial|ursprüngliche nachricht|original-?nachricht|weitergeleitete nachricht|mensaje original|mensaje reenviado|mensagem original|messaggio originale|oorspronkelijk bericht|исходное сообщение|пересылаемое сообщение|原始邮件|原始郵件|元のメッセージ|الرسالة الأصلية|رسالة أصلية|رسالة معاد توجيهها|الرسالة المعاد توجيهها)[-_*=\s:]{0,20}$/iu;

/** "On ... somebody wrote:", which may run over three lines. Anchored at both ends, and joined lines are short. */
const attribution = [
  /^on\b.{5,300}\bwrote\s?:$/iu,
  /^(?:le|en date du)\b.{5,300}\sa écrit\s?:$/iu,
  /^am\b.{5,300}\s(?:schrieb\b.{0,120}|hat .{1,120}geschrieben)\s?:$/iu,
  /^el\b.{5,300}\sescribió\s?:$/iu,
  /^(?:em|a)\b.{5,300}\sescreveu\s?:$/iu,
  /^il\b.{5,300}\sha scritto\s?:$/iu,
  /^(?:op\b.{5,300}\sschreef\b.{0,120}|den\b.{5,300}\sskrev\b.{0,120}|dnia\b.{5,300}\snapisał.{0,120}|w dniu\b.{5,300}\s(?:pisze|napisał).{0,10})\s?:$/iu,
  /^.{5,300}(?:написал(?:\(а\)|а)?|пишет|yazdı|tarihinde şunu yazdı|写道|寫道|のメール|님이 작성)\s?[:：]$/iu,
  /^(?:في|بتاريخ|يوم|كتب|كتبت)[\s،].{5,300}(?:كتب|كتبت|كتبوا|بواسطة|ما يلي|>)(?:.{0,150})[:：]$/u,
  /^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.{3,200}<[^<>]{3,200}>\s?[:：]$/u,
];

/** Names of the headers that programs print above what they quote. */
const fromLine = /^(?:from|de|von|da|van|från|fra|от|发件人|寄件者|差出人|من|المرسل)\s{0,3}[:：]/iu;
const headLine =
  /^(?:sent|date|to|subject|cc|envoyé|à|objet|gesendet|datum|an|betreff|enviado|fecha|para|asunto|data|assunto|inviato|a|oggetto|verzonden|aan|onderwerp|отправлено|дата|кому|тема|发送时间|收件人|主题|日期|送信日時|宛先|件名|تاريخ|التاريخ|إلى|الموضوع|تم الإرسال|أُرسلت|الإرسال)\s{0,3}[:：]/iu;

/**
 * What a person wrote in a reply, without what their program quoted and without their signature. Above the quote, or
 * between and below its ">" lines when nothing stands above it.
 */
export function newTextOf(text: string): string {
  const lines = text.split(/\r\n|\r|\n/, mostLines).map(line =>
    line
      .slice(0, 2_000)
      .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '')
      .replace(/\u00a0/g, ' ')
      .trimEnd(),
  );
  const quote = findQuote(lines);
  const above = own(lines.slice(0, quote?.from ?? lines.length));
  if (above !== '' || !quote?.marked) return above;
  return own(lines.slice(quote.to));
}

/** Without ">" lines and signature. */
function own(lines: readonly string[]): string {
  const written = lines.filter(line => !isQuoted(line));
  const first = written.findIndex(line => line.trim() !== '');
  if (first === -1) return '';
  let end = written.length;
  for (let index = first; index < written.length; index++) {
    if (!isSignatureStart(written, index, index === first)) continue;
    end = index;
    break;
  }
  return written
    .slice(first, end)
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
    .slice(0, longest);
}

interface Quote {
  from: number;
  /** Where its first line would be. */
  to: number;
  /** Whether what follows bears ">" on its lines, so that anything without is new. */
  marked: boolean;
}

function findQuote(lines: readonly string[]): Quote | null {
  for (let index = 0; index < lines.length; index++) {
    const line = plain(lines[index] ?? '');
    if (line === '') continue;
    const length = quoteHeadAt(lines, index);
    if (length === 0) continue;
    const next = lines.slice(index + length).find(other => other.trim() !== '') ?? '';
    return { from: index, to: index + length, marked: isQuoted(next) };
  }
  return null;
}

/** How many lines the head of a quote at this line has; 0 when there is none. */
function quoteHeadAt(lines: readonly string[], index: number): number {
  const line = plain(lines[index] ?? '');
  if (separator.test(line)) return 1;
  if (/^_{10,}$/.test(line) && fromLine.test(plain(lines[index + 1] ?? ''))) return 1;
  if (fromLine.test(line)) {
    const heads = lines.slice(index + 1, index + 7).filter(other => headLine.test(plain(other)));
    if (heads.length >= 2) return 1;
  }
  let joined = '';
  for (let length = 1; length <= 4; length++) {
    const part = plain(lines[index + length - 1] ?? '');
    if (part === '' || isQuoted(part)) break;
    joined = joined === '' ? part : `${joined} ${part}`;
    if (joined.length > 400) break;
    if (/[:：]$/.test(joined) && attribution.some(pattern => pattern.test(joined))) return length;
  }
  return 0;
}

const isQuoted = (line: string): boolean => /^\s{0,8}[>|»]/.test(line);
/** Without the stars that bold text becomes. */
const plain = (line: string): string => line.slice(0, 500).replace(/\*/g, '').trim();
