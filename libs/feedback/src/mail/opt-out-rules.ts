/** What people write who want no more mail, in order: the first that fits a sentence decides, and "none" ends it. */
export interface OptOutRule {
  name: string;
  kind: 'clear' | 'ambiguous' | 'none';
  /** Over folded words with single spaces, one in front and one behind. */
  pattern: RegExp;
}

/** Words that say it when they are the whole sentence (FCC 47 CFR 64.1200(a)(10), Twilio, Saudi CST, and plain usage). */
export const loneWords: ReadonlySet<string> = new Set([
  ...[
    'stop',
    'stopall',
    'stop all',
    'unsubscribe',
    'unsub',
    'unsubscribe me',
    'optout',
    'opt out',
    'opt me out',
    'remove',
    'remove me',
  ],
  ...[
    'revoke',
    'quit',
    'end',
    'cancel',
    'stop it',
    'stop this',
    'no more',
    'cancel subscription',
    'unsubscribed',
    'delete me',
    'take me off',
  ],
  ...[
    'arret',
    'arreter',
    'arretez',
    'desabonner',
    'desabonnement',
    'desabonnez moi',
    'desinscription',
    'desinscrire',
    'se desabonner',
  ],
  ...['desinscrivez moi', 'me desabonner', 'me desinscrire', 'desabonne moi', 'stopper', 'resilier'],
  ...[
    'قف',
    'ايقاف',
    'توقف',
    'توقفوا',
    'وقف',
    'اوقف',
    'اوقفوا',
    'الغاء',
    'الغاء الاشتراك',
    'الغاء اشتراكي',
    'الغاء اشتراك',
    'احذفوني',
    'احذفني',
  ],
  ...['ازاله', 'كفي', 'بس', 'غ', 'الغ الاشتراك', 'الغوا اشتراكي', 'ايقاف الرسايل'],
]);

/** What takes a request back. */
export const retractions =
  / (?:never ?mind|nvm|just kidding|changed my mind|ignore (?:this|that|my)|forget (?:it|that)|scratch that|laissez tomber|oubliez|j ai change d avis|لا عليكم|لا تهتموا|تجاهلوا|غيرت رايي|امزح) /u;

const mails =
  '(?:e ?mails?|mails?|messages?|msgs?|newsletters?|letters?|spam\\S*|ads?|adverts?\\S*|offers|promotions?|mailings?|marketing|updates|notifications?|texts?|stuff|crap|junk)';
const others =
  '(?:my (?:colleague|friend|wife|husband|boss|coworker|brother|sister|mother|father|son|daughter|customers?|clients?|users?|team|employee)|him|her|them|someone|somebody|a (?:colleague|friend|customer|user|contact)|people|others|customers|users|contacts|mon collegue|ma collegue|quelqu un|un ami|زميلي|زميلتي|صديقي|زوجتي|زوجي|شخص)';
const writing =
  '(?:send\\S*|e ?mail\\S*|mail\\S*|writ\\S*|contact\\S*|spam\\S*|messag\\S*|text\\S*|bother\\S*|bombard\\S*|pester\\S*|harass\\S*)';
const rule = (name: string, kind: OptOutRule['kind'], source: string): OptOutRule => ({
  name,
  kind,
  pattern: new RegExp(` (?:${source}) `, 'u'),
});

export const optOutRules: readonly OptOutRule[] = [
  // What sounds like it and is the opposite, or of somebody else.
  rule(
    'negated',
    'none',
    `(?:do not|never|did not|would not|will not|(?<! can )(?<! could )not|without) (?:\\S+ ){0,2}(?:unsubscrib\\S*|opt\\S* out|stop\\S*|remov\\S+ me|take me off|delete me)(?! working)`,
  ),
  rule(
    'negated, fr',
    'none',
    '(?:ne|n) (?:\\S+ ){0,3}(?:arretez|arrete|desabonne\\S*|desinscri\\S*|supprimez|retirez|cessez) (?:\\S+ ){0,2}(?:pas|jamais)|(?:ne (?:veux|souhaite|desire) pas|sans) (?:\\S+ ){0,2}(?:desabonner|desinscrire|arreter)',
  ),
  rule(
    'negated, ar',
    'none',
    '(?:لا|ما) (?:توقفوا|توقف|تتوقفوا|تتوقف|تلغوا|تلغي|تحذفوا|تحذفوني|تحذفني)|(?:لا|لم|لن|ما|مو|مش) (?:اريد|ارغب|ابي|اود|اطلب|عايز|اقصد)(?: \\S+){0,2} (?:الغاء|الغي|ايقاف|حذف)|(?:بدون|دون|بلا|من غير) توقف',
  ),
  rule(
    'somebody else',
    'none',
    `(?:unsubscribe|opt out|remove|take off|delete|desabonner|desinscrire|retirer|الغاء اشتراك|الغي اشتراك|حذف|احذف|اشتراك) ${others}`,
  ),
  rule(
    'asks what was done',
    'none',
    '(?:did|have|had|why did|why have|when did) you (?:\\S+ ){0,2}(?:stop\\S*|remov\\S*|unsubscrib\\S*)|(?:i|we|you|they|he|she) (?:have |has |already )?stopped',
  ),

  // English
  rule(
    'unsubscribe me',
    'clear',
    'unsubscribe (?:me|us|my|this|from|please|now|immediately|asap|at once|thanks|thank|all|everything)',
  ),
  rule(
    'wants to leave',
    'clear',
    '(?:want|like|wish|need|love|trying|tried|try|going|asked|asking|request\\S*|have) (?:\\S+ ){0,2}(?:unsubscribe|opt out|be (?:removed|unsubscribed|taken off|deleted|opted out)|stop (?:receiving|getting|hearing))',
  ),
  rule(
    'cannot leave',
    'clear',
    '(?:can not|could not|unable to|not able to|how (?:do|can|could) (?:i|we)|how to|where (?:do|can) i|let me) (?:\\S+ ){0,2}(?:unsubscribe|opt out|get off|stop (?:receiving|getting|these|this|your|the (?:e ?mails|messages)))',
  ),
  rule(
    'opt me out',
    'clear',
    'opt (?:me|us) out|opting out|opt out (?:of|from|please)|(?:please|i|we) opt out',
  ),
  rule(
    'take me off',
    'clear',
    '(?:remove|take|delete|drop|scratch|erase|get) (?:me|us|my (?:name|e ?mail|e ?mails|address|mail|e ?mail address|contact|details|data|account|info\\S*)|this (?:e ?mail|address|e ?mail address)) (?:\\S+ ){0,2}(?:off|from|out|now|please|asap|immediately|completely)|(?:remove|delete|erase) (?:me|my (?:name|e ?mail|address|e ?mail address|data|details)|this (?:e ?mail|address))(?= $| and | or | thank)|off (?:of )?(?:your|this|the) (?:mailing )?list',
  ),
  rule(
    'stop writing',
    'clear',
    `(?:stop|quit|cease|discontinue) (?:all |the |any |your |these |this |with )?(?:\\S+ )?(?:${writing}|${mails})(?! by)`,
  ),
  rule(
    'stop, politely',
    'clear',
    '(?:please|kindly|just|must|can you|could you|would you|will you|asked you to|told you to|want you to) (?:please |just )?stop(?! by| over| in | at | the )|stop (?:please|now|immediately|already|asap|doing this|this|it|bothering|harassing)',
  ),
  rule(
    'do not write',
    'clear',
    `(?:do not|never|no longer|not to) (?:\\S+ ){0,2}(?:send|e ?mail|mail|write|contact|spam|message|text|bother) (?:me|us|any|anything|more|again|to|this|these|your|anymore)|(?:do not|never) (?:e ?mail|contact|write|message|text) (?:me|us)`,
  ),
  rule(
    'no more',
    'clear',
    `no (?:more|further) (?:\\S+ )?${mails}|leave me alone|lose my (?:e ?mail|address|number)`,
  ),
  rule(
    'wants none',
    'clear',
    `(?:do not|never|no longer|not) (?:\\S+ )?(?:want|wish|care|like|need|wanted)(?:ed)? (?:\\S+ ){0,2}(?:receive|receiving|get|getting|be (?:contacted|e ?mailed|on)|hear|your|these|any (?:more )?(?:of )?(?:your |these )?${mails})`,
  ),
  rule(
    'cancels the subscription',
    'clear',
    '(?:cancel|end|terminate|stop|revoke|withdraw) (?:my|this|the|our|all) (?:\\S+ ){0,2}(?:subscriptions?|membership to|mailing|consent|permission)',
  ),

  // French
  rule(
    'désabonner',
    'clear',
    '(?:me|moi|nous|m|veuillez|merci de|souhaite|veux|voudrais|aimerais|pouvez vous|demande) (?:\\S+ ){0,3}(?:desabonner|desinscrire|desinscription|desabonnement|desabonnez|desinscrivez|retirer|supprimer|rayer|radier)|(?:desabonnez|desinscrivez|retirez|supprimez|enlevez|rayez|effacez|desabonne|retire|supprime|enleve)(?:z)? (?:moi|nous|mon (?:adresse|e ?mail|mail|nom|compte|courriel)|mes (?:donnees|coordonnees)|cette adresse)|(?:comment|ou) (?:\\S+ ){0,4}(?:me|se) (?:desabonner|desinscrire)|desabonnement (?:\\S+ )?(?:svp|merci|immediat|s il)|(?:n arrive pas|impossible) (?:\\S+ ){0,2}(?:desabonner|desinscrire)',
  ),
  rule(
    'ne plus recevoir',
    'clear',
    'ne plus (?:\\S+ ){0,2}(?:recevoir|envoyer|contacter|ecrire|etre (?:contacte|sollicite|abonne)\\S*|figurer)|(?:veux|souhaite|desire|voudrais|veut|souhaitons|voulons) (?:\\S+ )?plus (?:\\S+ ){0,4}(?:recevoir|mails?|messages?|e ?mails?|newsletters?|publicites?)|ne (?:me|m|nous) (?:\\S+ )?(?:envoyez|ecrivez|contactez|envoie|ecris|sollicitez) (?:\\S+ )?(?:plus|pas|jamais)|plus (?:de|d|aucun) (?:vos |ces )?(?:mails?|messages?|e ?mails?|newsletters?|pubs?|publicites?|spams?|courriels?)',
  ),
  rule(
    'arrêtez',
    'clear',
    '(?:arretez|arreter|arrete|cessez|cesser|stoppez|stopper|stop) (?:s il vous plait |svp |immediatement |tout de suite |maintenant )?(?:de |d |avec |a |aux? )?(?:m |me |nous )?(?:envoyer|ecrire|spammer|contacter|harceler|envoi|envois|ces|vos|les (?:mails|messages|e ?mails|envois|newsletters)|tout|ca|cela|mails|pub\\S*)|(?:arretez|cessez|stop) (?:s il vous plait|svp|merci|maintenant|immediatement)',
  ),

  // Arabic
  rule(
    'إلغاء الاشتراك',
    'clear',
    '(?:ب|و|ف|ل)?(?:الغاء|الغوا|الغو|الغي|الغ|تلغوا|تلغي|بالغاء|لالغاء|كنسل|كنسلوا) (?:من فضلك |رجاء |لي )?(?:ال)?اشتراك(?:ي|نا|اتي)?|(?:الغوني|الغوا تسجيلي|الغاء تسجيلي|الانسحاب من القايمه)',
  ),
  rule(
    'أوقفوا',
    'clear',
    '(?:ارجو |رجاء |من فضلكم |الرجاء |اطلب )?(?:اوقفوا|اوقف|وقفوا|وقف|ايقاف|التوقف عن|توقفوا عن|توقف عن|كفوا عن|بطلوا|بطل|خلاص بطلوا) (?:\\S+ )?(?:ارسال|الارسال|رسايل\\S*|الرسايل|رسالات|هذه|هذا|مراسل\\S*|المراسل\\S*|ازعاج\\S*|الازعاج|ايميلات\\S*|الايميلات|النشر\\S*|اعلانات\\S*|الاعلانات|عروضكم|البريد|تبعتوا|ترسلوا)',
  ),
  rule(
    'لا ترسلوا',
    'clear',
    '(?:لا|ما|بلاش|لاتعودوا|عدم) (?:\\S+ )?(?:ترسلوا|ترسلو|ترسل|ترسلون|تراسلوني|تراسلونا|تراسلني|تبعثوا|تبعتوا|تبعثون|تتواصلوا|تكتبوا|تزعجوني|تزعجونا|ارسال|مراسلتي|مراسلتنا|ازعاجي)|لاترسلوا\\S*|لا تعاودوا \\S+',
  ),
  rule(
    'احذفوني',
    'clear',
    '(?:احذفوني|احذفني|امسحوني|شيلوني|ازيلوني|اخرجوني|طلعوني|استبعدوني)|(?:احذفوا|احذف|امسحوا|امسح|ازيلوا|شيلوا|حذف|ازاله|مسح|بحذف|بازاله|تحذفوا|تزيلوا) (?:من فضلكم |رجاء )?(?:اسمي|بريدي|عنواني|ايميلي|رقمي|بياناتي|هذا (?:البريد|العنوان|الايميل))',
  ),
  rule(
    'لا أريد',
    'clear',
    '(?:لا|ما|لم اعد|مش|مو|ماعاد|لست) (?:اريد|ارغب|ابي|ابغي|ابغا|اود|احب|عايز|عاوز|حاب|حابب|بدي|مهتما|مهتم|مهتمه|اطلب) (?:\\S+ ){0,3}(?:رسايل\\S*|الرسايل|استلام|تلقي|استقبال|وصول|بريد\\S*|ايميلات\\S*|الايميلات|نشر\\S*|النشره|عروض\\S*|العروض|اعلانات\\S*|الاعلانات|مراسل\\S*|المزيد|تواصل\\S*)|ماابي رسايل',
  ),
  rule(
    'كيف ألغي',
    'clear',
    '(?:كيف|وين|اين|لا استطيع|ما اقدر|لا اقدر|لا يمكنني) (?:\\S+ )?(?:الغي|الغاء|الغاؤ|اوقف|ايقاف|احذف|حذف) (?:\\S+ )?(?:اشتراك\\S*|الاشتراك|الرسايل|هذه|بريدي)',
  ),

  // It is spoken of, and nothing above says by whom or which way.
  rule(
    'spoken of',
    'ambiguous',
    'unsubscrib\\S*|opt(?:ed|ing)? out|optout|remove me|take me off|not interested|mailing list|stop (?:please|sending)|desabonn\\S*|desinscri\\S*|(?:pas|plus) interesse\\S*|اشتراكي|الاشتراك|احذفوا|اوقفوا|غير مهتم\\S*|لست مهتم\\S*|مزعج\\S*',
  ),
];
