/**
 * Signs that a sentence tells what may be, not what is: help for whoever reads the report. "may" in small letters only,
 * for dates have the month.
 */
const guess =
  /(?:^|[^\p{L}\p{M}])(?:(?:[Ii]f|IF|may|might|[Pp]erhaps|[Mm]aybe|[Pp]ossibly|[Pp]robably)|(?:[Cc]ommon|[Pp]ossible|[Pp]robable|[Ll]ikely|[Uu]sual|[Tt]ypical|[Ff]requent) (?:causes?|reasons?|problems?|explanations?)|[Rr]easons? (?:include|could be|are)|[Ee]\.g|[Ff]or (?:example|instance)|[Ss]i|[Pp]eut[- ][êe]tre|[Cc]auses? possibles?|[Pp]osibles? (?:causas|motivos)|[Ww]enn|[Ff]alls|[Mm]öglich\p{L}*|[Ee]ventuell|[Ее]сли|[Вв]озможн\p{L}*|إذا|اذا|ربما|قد (?:يكون|تكون|لا)|الأسباب المحتملة|أسباب محتملة)(?![\p{L}\p{M}])/u;

/** Advice in a server's own answer: what to do for those who think that it is wrong. */
const advice =
  /\bif (?:you|this|it|the (?:problem|error|issue)) (?:think|believe|feel|consider|suspect|persists?|continues?|have (?:any )?(?:question|reason)|is (?:a mistake|an error|wrong))(?:[^.!?]|[.!?](?!\s|$)){0,400}/gi;

const bullet = /^\s*(?:[-*•·–]|\d{1,2}[.)])\s/;
const longest = 6_000;

/** A text for people without the sentences that guess; a heading that ends in a colon goes with what it heads. */
export function withoutGuesses(text: string): string {
  const sentences: string[] = [];
  for (const piece of text.slice(0, longest).split(/(?<=[.!?。؟])\s+|\n[ \t\r]*\n\s*/)) {
    const last = sentences.at(-1);
    const goesOn = last !== undefined && (/[:：]\s*$/.test(last) || bullet.test(piece)) && guess.test(last);
    if (goesOn) sentences[sentences.length - 1] = `${last}\n${piece}`;
    else sentences.push(piece);
  }
  return sentences.filter(sentence => !guess.test(sentence)).join('\n');
}

export function withoutAdvice(text: string): string {
  return text.slice(0, longest).replace(advice, ' ');
}

/** An address that is not of those to whom one may turn. */
const somebody =
  /(?<![\w.+-])(?!(?:post-?master|abuse|support|help\w*|service\w*|admin\w*|mailer-daemon|info|no-?reply|hostmaster)@)[^\s<>()"':;,@]{1,64}@\w/iu;

/** Whether it is of one case: it names an address, or has what a server answered. */
export function isOfOneCase(text: string): boolean {
  return somebody.test(text) || /(?:^|[\s<>:;("'#])(?:[45]\d\d[\s-]|[45]\.\d{1,3}\.\d{1,3})/.test(text);
}
