/**
 * What firms have their servers put below every mail: that it is secret, that others should delete it, and how their own
 * readers may leave their own lists. They tell the reader what to do, where a person who wants no more speaks of "me".
 */
const openers = [
  // English
  '(?:this|the) (?:(?:e ?mail|message|mail|communication|transmission|correspondence|information|content\\S*)(?! address)) (?:\\S+ ){0,8}(?:confidential|privileged|proprietary|intended (?:only|solely|exclusively|for))',
  'if you (?:have |had )?(?:received|got|get|receive) (?:\\S+ ){0,5}(?:in error|by mistake|mistakenly|erroneously|accidentally)',
  'if (?:you|the reader|the recipient) (?:\\S+ ){0,5}not (?:\\S+ ){0,2}(?:intended|named|addressee|recipient|meant)',
  'not the (?:intended|named) (?:recipient|addressee)|not the addressee|confidentiality notice|notify the sender',
  // French
  '(?:ce|cet|le present|ces?) (?:message|mail|e ?mail|courriel|courrier)(?! n est pas) (?:\\S+ ){0,8}(?:confidentiel\\S*|exclusivement|uniquement destine\\S*|l usage exclusif)',
  'si vous (?:\\S+ ){0,6}(?:par erreur|n etes pas (?:\\S+ ){0,3}destinataires?)|si vous n (?:en )?etes pas (?:\\S+ ){0,3}destinataires?|avis de confidentialite',
  // Arabic
  '(?:هذه|هذا|محتوي|محتويات) (?:\\S+ ){0,8}(?:سري|سريه|بسريه|السريه)',
  '(?:اذا|ان|في حال|لو) (?:\\S+ ){0,7}(?:بالخطا|عن طريق الخطا|خطا|المستلم المقصود|الشخص المقصود|المرسل اليه|المعني بها|المقصود بها)',
];
const disclaimer = new RegExp(` (?:${openers.join('|')}) `, 'u');

/** A way out that a mail offers to those who read it. */
const offers = new RegExp(
  [
    '^ (?:and |or |so )?if you (?:\\S+ ){0,2}(?:do not|no longer|would (?:rather|prefer) not|prefer not|want to stop|wish to stop|would like to stop|wish to unsubscribe|want to unsubscribe) (?:\\S+ ){0,5}(?:receive|receiving|get|getting|hear|unsubscribe|reply|click)',
    '^ (?:and )?(?:in order )?to (?:unsubscribe|opt out|stop (?:receiving|getting)|be removed|leave) (?:\\S+ ){0,14}(?:click|reply|visit|follow|press|tap|send|use|go|please|here)',
    ' (?:click|tap|press|go) (?:\\S+ ){0,3}to (?:unsubscribe|opt out|stop receiving)',
    '^ si vous (?:\\S+ ){0,2}(?:souhaitez|desirez|voulez) (?:\\S+ )?(?:plus|vous desabonner|vous desinscrire)',
    '^ pour (?:vous desabonner|vous desinscrire|ne plus recevoir) (?:\\S+ ){0,12}(?:cliquez|repondez|suivez|ecrivez|envoyez|ici)',
    '^ (?:اذا|ان|لو) (?:كنت |كنتم )?(?:لا |لم تعد |لم تعودوا )?(?:ترغب|تريد|تود|ترغبون|تريدون) (?:\\S+ ){0,4}(?:استلام|تلقي|استقبال|وصول|الغاء)',
    '^ (?:ل|لل)?(?:لالغاء|الغاء) الاشتراك (?:\\S+ ){0,5}(?:اضغط|اضغطوا|انقر|انقروا|ارسل|اكتب|هنا|يرجي)',
  ].join('|'),
  'u',
);
/** Whoever says that the way out is closed wants to go. */
const closed =
  / (?:not (?:work|working|possible)|does not|broken|dead|fail\S*|error (?:page|message)|nothing happens|tried|marche pas|fonctionne pas|لا يعمل|ما يشتغل|معطل) /u;

/** Whether a sentence, in folded words, opens the small print: what is below it was hardly written by the person. */
export function isDisclaimer(words: string): boolean {
  return disclaimer.test(` ${words} `);
}

/** Whether a sentence, in folded words, offers its readers a way out. */
export function isOffer(words: string): boolean {
  return offers.test(` ${words} `) && !closed.test(` ${words} `);
}
