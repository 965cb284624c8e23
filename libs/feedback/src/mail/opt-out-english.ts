import { end, mails, orderEn, type OptOutRule, others, rule } from './opt-out-words.js';

const writing =
  '(?:send\\S*|e ?mail\\S*|mail\\S*|writ\\S*|contact\\S*|spam\\S*|messag\\S*|text\\S*|bother\\S*|bombard\\S*|pester\\S*|harass\\S*|communicat\\S*)';
const never = '(?:do not|never|no longer|not to)';
/** "Do not hesitate to contact us" asks for the opposite. */
const between = '(?:(?!hesitate|forget|mind|fail|wait|need|have|worry)\\S+ ){0,2}';
const tail =
  '(?: (?:any ?more|any further|any longer|again|ever|further|please|thanks|thank you|at all|now|immediately|asap|in (?:the )?future|from now on))*';
/** Behind "me": the end, another clause, or what it is about; not a telephone, a day or a thing. */
const andNothingElse = `${tail}(?:(?= (?:and|or|because|unless|as|since) )| (?:with|about|regarding|by|via|for|through) (?:\\S+ ){0,3}${mails}| (?:at|on|to) this (?:e ?mail |mail )?(?:address|account)${tail}${end}|${end})`;
const own =
  '(?:me|us|(?:all |any )?(?:of )?(?:my|our) (?:personal )?(?:names?|e ?mails?|address|mail|e ?mail address|contacts?|details|data|account|info\\S*))';
const register =
  '(?:your|the|this|that|all|any|every) (?:\\S+ ){0,2}(?:lists?|database|data base|records|books|mailings?|crm|subscribers)';

/** What sounds like it in English and is the opposite, of somebody else, or about an order. */
export const notInEnglish: readonly OptOutRule[] = [
  // A threat is no negation: "if you do not stop ...".
  rule(
    'stop, or else',
    'clear',
    `(?:if|unless|until) you (?:do not |will not |not )?(?:\\S+ )?(?:stop|quit|cease) (?:\\S+ ){0,2}(?:${writing}|${mails})`,
  ),
  rule(
    'negated',
    'none',
    `(?:do not|never|did not|would not|will not|(?<! can )(?<! could )not|without) (?:(?!interested|happy|want (?:this|these|it|your))\\S+ ){0,2}(?:unsubscrib\\S*|opt\\S* out|stop\\S*|remov\\S+ me|take me off|delete me)(?! working)`,
  ),
  rule(
    'asks what was done',
    'none',
    '(?:did|have|had|why did|why have|when did) you (?:\\S+ ){0,2}(?:stop\\S*|remov\\S*|unsubscrib\\S*)|(?:i|we|you|they|he|she) (?:have |has |already )?stopped',
  ),
  rule(
    'off an order',
    'none',
    `(?:remove|take|delete|drop|get) (?:\\S+ ){1,4}(?:off|from|of) (?:the |my |our |this |that |your )?(?:\\S+ )?${orderEn}`,
  ),
];

export const englishRules: readonly OptOutRule[] = [
  rule(
    'unsubscribe me',
    'clear',
    'unsubscribe (?:me|us|my|this|from|please|now|immediately|asap|at once|thanks|thank|all|everything)',
  ),
  rule(
    'wants to leave',
    'clear',
    '(?:want|like|wish|need|love|trying|tried|try|going|asked|asking|request\\S*|have) (?:\\S+ ){0,2}(?:unsubscribe|opt out|be (?:removed|unsubscribed|taken off|deleted|opted out)|stop (?:receiving|getting|hearing))|(?:i|we) (?:just |really )?want out(?! of stock)',
  ),
  rule(
    'cannot leave',
    'clear',
    '(?:can not|could not|unable to|not able to|how (?:do|can|could) (?:i|we)|how to|where (?:do|can) i|let me) (?:\\S+ ){0,2}(?:unsubscribe|opt out|get off (?:of )?(?:your|this|these|the (?:\\S+ )?list)|stop (?:receiving|getting|these|this|your|the (?:e ?mails|messages)))',
  ),
  rule(
    'opt me out',
    'clear',
    'opt (?:me|us) out|opting out|opt out (?:of|from|please)|(?:please|i|we) opt out',
  ),
  rule(
    'take me off',
    'clear',
    `(?:remove|take|delete|drop|scratch|erase|wipe|get) ${own} (?:\\S+ ){0,2}(?:off|from|out|now|please|asap|immediately|completely)|(?:remove|delete|erase|wipe) ${own}(?= $| and | or | thank)|(?:remove|take|delete|drop|erase) this (?:e ?mail|address|e ?mail address) (?:off|from|out of) ${register}|off (?:of )?(?:your|this|the) (?:mailing )?list|(?:exclude|strike|scrub) ${own} (?:from|off)`,
  ),
  rule(
    'remove this address',
    'clear',
    `(?:remove|unsubscribe) this (?:e ?mail|address|e ?mail address)${tail}${end}`,
    { weak: true },
  ),
  rule(
    'stop writing',
    'clear',
    `(?:stop|quit|cease|discontinue) (?:all |the |any |your |these |this |with )?(?:(?!and |to |by |in |at |or |for )\\S+ )?(?:${writing}|${mails})(?! by)`,
  ),
  rule(
    'stop, politely',
    'clear',
    `(?:please|kindly|just|must|can you|could you|would you|will you|asked you to|told you to|want you to) (?:please |just )?(?:stop|cease)(?: (?:this|it|all|all this|that|doing this|doing that|bothering|harassing|please|already|right))?${tail}${end}|stop (?:please|now|immediately|already|asap|bothering|harassing)|stop (?:doing )?(?:this|it)${tail}${end}|refrain from (?:\\S+ )?(?:${writing}|${mails})`,
  ),
  rule(
    'do not write',
    'clear',
    `${never} ${between}(?:e ?mail|mail|write|contact|spam|message|text|bother|disturb|harass)(?: to)? (?:me|us)${andNothingElse}|${never} ${between}(?:e ?mail|mail|write|contact)(?: to)? (?:this|my) (?:e ?mail |mail )?address${andNothingElse}`,
  ),
  rule(
    'do not send',
    'clear',
    `${never} ${between}send(?:ing)? (?:(?:me|us|out) )?(?:any(?!more)|more|further|your|these|such|those|unsolicited|me this|us this|me the|us the) (?:\\S+ ){0,2}(?<! by )${mails}|${never} ${between}send(?:ing)? (?:me |us )?${mails}|${never} ${between}send(?:ing)? this (?:\\S+ )?${mails} (?:to me|again|any ?more)`,
  ),
  rule(
    'send nothing',
    'clear',
    `${never} ${between}send(?:ing)?(?: to)?(?: (?:me|us|anything|any|this|these|those|of|more|to me|to us|else)){1,4}${tail}${end}`,
    { weak: true },
  ),
  rule(
    'no more',
    'clear',
    `(?<! (?:have|had|has|got|get|received?|receiving|are|were|was|is|see|saw|with|find|found) )no (?:more|further) (?:\\S+ )?(?:${mails}|contact${end})|(?:leave|let) (?:me|us) alone|lose my (?:e ?mail|address|number)`,
  ),
  rule(
    'wants none',
    'clear',
    `(?:do not|no longer) want anything (?:more |else |further |at all )?from you|(?:like|want|wish|prefer|ask|asked|love)(?: you)? (?:to no longer|no longer to|not to|to not) (?:receive|get) (?:\\S+ ){0,3}${mails}|(?:do not|never|no longer|not) (?:\\S+ )?(?:want|wish|care|like|need|wanted)(?:ed)? (?:\\S+ ){0,2}(?:receive|receiving|get|getting) (?:\\S+ ){0,5}${mails}|(?:do not|never|no longer|not) (?:\\S+ )?(?:want|wish|care|like|need|wanted)(?:ed)? (?:\\S+ ){0,2}(?:(?:receive|receiving|get|getting)(?: (?:anything|any|more|this|these|them|it|from you|from (?:your|this) \\S+)){0,3}${tail}${end}|be (?:contacted|e ?mailed|messaged|on (?:your|this|the|any) (?:\\S+ )?list)|hear (?:\\S+ )?from)|(?:do not|never|no longer|not) (?:\\S+ )?(?:want|wish|care for|need|wanted)(?:ed)? (?:any (?:more )?(?:of )?)?(?:your |these |this |more |such |the )?(?:\\S+ )?${mails}(?! (?:page|code|link|design|banner|voucher|template))`,
  ),
  rule(
    'cancels the subscription',
    'clear',
    '(?:cancel|end|terminate|stop|revoke|withdraw) (?:my|this|the|our|all) (?:\\S+ ){0,2}(?:subscriptions?|membership to|mailing|consent|permission)',
  ),
  rule(
    'objects',
    'clear',
    `(?:i|we) (?:\\S+ ){0,2}object to (?:\\S+ ){0,6}(?:processing|marketing|profiling|data|information|${mails})|(?:my|the) right to object|(?:i|we) (?:\\S+ ){0,2}(?:revoke|withdraw|retract) (?:my|our|any|all) (?:\\S+ )?(?:consent|permission|agreement)`,
  ),
];

/** It is spoken of, and nothing above says by whom or which way. */
export const spokenOfInEnglish = rule(
  'spoken of',
  'ambiguous',
  `unsubscrib\\S*|opt(?:ed|ing)? out|optout|remove me|take me off|(?:not|no longer) interested|mailing list|(?:report|mark|flag)\\S* (?:\\S+ ){0,3}as spam|this is spam|spammers?|delete this (?:e ?mail|address|e ?mail address)${tail}${end}|stop (?:please|sending)|${never} ${between}(?:e ?mail|write|contact|message|text)(?: to)? (?:me|us)(?! (?:on|at|in|before|until|till|after|by|during|to|via|the|a|an|my|your?|\\d\\S*) )|(?:do not|no longer) want (?:this|these|it|them|any of (?:this|these))${tail}${end}|do not like (?:your|these|getting) (?:\\S+ )?${mails}|please stop(?! by| over| in | at | the | my | our | off )|${never} send to this (?:e ?mail )?address${tail}${end}`,
);
export const ofOthers = rule(
  'somebody else',
  'none',
  `(?:unsubscribe|opt out|remove|take off|delete|desabonner|desinscrire|retirer|الغاء اشتراك|الغي اشتراك|حذف|احذف|اشتراك) ${others}|unsubscribe from (?:her|his|their)`,
);
