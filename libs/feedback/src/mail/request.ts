import { inWords } from './opt-out-spelling.js';
import { aboutOrders } from './opt-out-words.js';

/** What machines ask of whoever writes: to ask elsewhere, and to wait. */
const elsewhere =
  '(?:(?:also |do |don t |not |feel free |always |directly |instead )?(?:contact|call|phone|ring|dial|e ?mail|mail|reach|write|note|refer|direct|forward|see|visit|allow|expect|be|bear|accept|feel|get in touch|speak|address|resend|copy|leave|excuse|try|use|text|consider|rest|understand|wait|reply|respond|do not|read|check|include|quote|keep|remember|log|submit|click|find))';
const requests = new RegExp(
  [
    ` (?:please|kindly) (?!${elsewhere} )`,
    ' (?:can|could|will|would) you (?!(?:please )?(?:contact|call|resend) )',
    ' (?:remove|unsubscribe|update|change|ship|deliver|refund|replace|cancel|reserve|exchange) (?:me|us|my|our|him|her|them|it|this|the|to|on|before|after)',
    ' (?:pouvez vous|pourriez vous|est ce que|avez vous|quand|combien)',
    ' (?:merci de|veuillez) (?!(?:me |nous |vous )?(?:contacter|adresser|joindre|prendre|patienter|noter|ne pas|votre|appeler|ecrire|envoyer (?:vos|votre|un)|agreer|accepter|recevoir|trouver|consulter|laisser|croire|vous adresser) )',
    ' (?:konnen sie|konnten sie|haben sie)',
    ' bitte (?!(?:\\S+ ){0,6}(?:wenden|kontaktieren|rufen|schreiben|beachten|haben|richten|senden|entschuldigen|melden|kontakt|an) )',
    ' (?:هل|ممكن|متي|كم|وين|ابغي|ابي|اريد|اود|محتاج) ',
    ' (?:ارجو|يرجي|الرجاء|رجاء) (?!(?:منكم )?(?:التواصل|الاتصال|مراسله|المراسله|التكرم|الانتظار|العلم|ارسال|الرجوع|عدم) )',
  ].join('|'),
  'u',
);
/** "Need help?" */
const offersHelp =
  / (?:need|needs|urgent|urgently|help|assistance|emergency|besoin|urgence|urgent|dringend|hilfe|fragen|مساعده|عاجل|طاري) /u;

/**
 * Whether whoever wrote asks for something or speaks of an order, as people do and their machines hardly ever. Where it is
 * wrong, a shop reads one absence more; the other way round a customer's question would be lost.
 */
export function wantsSomething(text: string): boolean {
  const sentences = text.slice(0, 2_000).match(/[^.!?؟\n]{1,500}[.!?؟\n]?/gu) ?? [];
  return sentences.some(sentence => {
    const words = ` ${inWords(sentence)} `;
    if (/[?؟]\s*$/u.test(sentence) && !offersHelp.test(words)) return true;
    return requests.test(words) || aboutOrders.test(words);
  });
}
