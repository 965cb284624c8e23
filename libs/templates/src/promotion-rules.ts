import { type MessageClass } from '#common';
import { PRINTED } from './readable-text.js';

/** What makes a message promotional. */
export const promotionKinds = [
  'PRICE',
  'DISCOUNT',
  'OFFER',
  'COUPON',
  'UPSELL',
  'FREE_GIFT',
  'URGENCY',
  'PROMOTIONAL_LINK',
  'RE_PERMISSION',
  'TOO_LONG',
] as const;
export type PromotionKind = (typeof promotionKinds)[number];

export interface PromotionRule {
  kind: PromotionKind;
  /** Over folded text (`foldText`); with the flags g and u. */
  pattern: RegExp;
  /** Classes in which it is allowed all the same. */
  allowedIn?: readonly MessageClass[];
}

/** Why each kind is marketing, as the end of a sentence that begins with the words found. */
export const promotionReasons: Readonly<Record<PromotionKind, string>> = {
  PRICE: 'is a price, and a service message names none',
  DISCOUNT: 'promises a discount',
  OFFER: 'speaks of an offer',
  COUPON: 'speaks of a coupon or a promotional code',
  UPSELL: 'invites to buy something further',
  FREE_GIFT: 'promises a gift or something free',
  URGENCY: 'presses to buy before it is too late',
  PROMOTIONAL_LINK: 'leads to a shop window, or measures a campaign',
  RE_PERMISSION: 'asks for permission to send',
  TOO_LONG: 'begins more text than can be checked',
};

/** Parts of patterns. Spaces stand for one or none too many: the text has single ones. */
const parts: Readonly<Record<string, string>> = {
  // A number, or what Liquid prints.
  N: `[\\d${PRINTED}](?:[\\d.,${PRINTED}]*[\\d${PRINTED}])?`,
  // Arabic words take these in front.
  P: '(?:[وف]?(?:بال|كال|فال|ال|لل|[بلك])?)',
  // And these behind: mine, ours, yours, hers, theirs; accusative.
  S: '(?:ي|نا|ك|كم|كن|ه|ها|هم|ا)?',
  // What a person may be asked to go on receiving.
  MAILS:
    '(?:e-?mails?|mails?|messages?|newsletters?|updates|news|texts|communications|offers|from us|list|subscribed|in touch)',
  RASAEL:
    '(?:رسايل|رسايلنا|الرسايل|رسالتنا|نشرتنا|النشره|نشره|اخبارنا|اخبار|الاخبار|عروضنا|العروض|بريدنا|جديدنا|التواصل|تواصلنا)',
  CODE: '(?:sar|aed|egp|usd|eur|gbp|kwd|qar|bhd|omr|jod|cad|aud|chf|mad|tnd|dzd|iqd|lbp|inr|pkr)',
  SIGN: '[$€£¥₹₺₽₪﷼\u20C1¢]',
  WORD: '(?:one|two|three|four|five|ten|twenty|thirty|forty|fifty|hundred|thousand)',
  MONEY:
    '(?:dollars?|euros?|dirhams?|riyals?|rials?|dinars?|pounds sterling|egyptian pounds?|liras?|cents|pence|dhs?|l\\.e\\.?)',
  RAQM: '(?:ميه|مايه|الف|خمس[وي]ن|عشر[وي]ن|ثلاث[وي]ن|اربع[وي]ن|ست[وي]ن|سبع[وي]ن|ثمان[وي]ن|تسع[وي]ن|عشره|عشر|خمسه)',
  MAL: '(?:ر\\. ?س|د\\. ?ا|ج\\. ?م|د\\. ?ك|ر\\. ?ق|ر\\. ?ع|د\\. ?ب|د\\. ?م|ريال(?:ا|ات|ين)?|درهم(?:ا|ين)?|دراهم|جنيه(?:ا|ات|ين)?|دينار(?:ا|ين)?|دنانير|دولار(?:ا|ات|ين)?|يورو|ليره|فلس)',
};

/** A pattern of whole words, with the parts above for `<N>` and the like. */
function words(source: string): RegExp {
  const filled = source.replace(/<([A-Z]+)>/g, (_, name: string) => parts[name] ?? '');
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${filled})(?![\\p{L}\\p{N}])`, 'gu');
}

/** The same without asking what stands around it: for signs, which are no letters. */
function signs(source: string): RegExp {
  return new RegExp(
    source.replace(/<([A-Z]+)>/g, (_, name: string) => parts[name] ?? ''),
    'gu',
  );
}

const rule = (kind: PromotionKind, ...patterns: RegExp[]): PromotionRule[] =>
  patterns.map(pattern => ({ kind, pattern }));

/** A receipt says what was bought, and a price is no offer there. */
const prices: PromotionRule[] = rule(
  'PRICE',
  signs('<SIGN> ?<N>|<N> ?<SIGN>'),
  words('<CODE> ?<N>|<N> ?<CODE>'),
  words('(?:<N>|<WORD>) ?<MONEY>'),
  words(
    '(?:<N>|<P><RAQM>) ?<MAL>\\.?|<P>(?:ريالان|ريالين|درهمان|درهمين|جنيهان|جنيهين|ديناران|دينارين|دولاران|دولارين)',
  ),
  words('<MAL>\\.? ?<N>'),
).map(price => ({ ...price, allowedIn: ['transactional'] }));

/** What a receipt says of a discount that was given: "Discount (10%): -20.00", "discount applied". */
const GIVEN_EN =
  '(?! ?(?:applied|used|deducted|received|included|was|\\(\\d{1,3} ?%\\))|s? ?(?:\\([^)]{0,30}\\))? ?: ?-? ?(?:<CODE>|<SIGN>)? ?[\\d\uFFFC])';
const GIVEN_AR = '(?! ?(?:المطبق|المطبقه|المستخدم|\\([^)]{0,30}\\) ?:)| ?: ?-? ?[\\d\uFFFC])';

const english: PromotionRule[] = [
  ...rule(
    'DISCOUNT',
    words(
      '(?:up to )?<N> ?(?:%|percent|per cent) ?(?:off|discount|less|cheaper|reduction|cash ?back|extra|savings?)',
    ),
    signs(
      `(?<![\\p{L}\\p{N}%])save (?:up to |an extra |another |over )?(?:<N> ?%|<SIGN> ?<N>|<CODE> ?<N>|<N> ?(?:<SIGN>|<CODE>|<MONEY>))`,
    ),
    words(
      'save (?:big|money|more|now|today) (?:on|when|with|in|at|by)|save big|(?:big|extra|more|great|exclusive|huge|even more) savings?|members? save|pay less|bargains?|everything must go|cheaper than (?:ever|before|elsewhere)|(?:get|have|more|it|yours) for less|savings? (?:of|up to) <N>.{0,3}',
    ),
    signs('(?<![\\p{L}\\p{N}])- ?\\d{1,2} ?%(?! ?(?:humidity|battery))'),
    words(`(?<!no )discount(?:s|ed)?${GIVEN_EN}(?! (?:does|do|is|are) not)`),
    words(
      'half[ -]price|half the price|(?:buy|spend|order) (?:\\p{L}+ )?(?:two|three|more|<N>),? (?:and )?save|price (?:drop|cut|reduction)s?|(?:reduced|slashed|cut) prices?|prices? (?:slashed|cut|reduced|dropped)',
    ),
    words(
      'a (?:tenth|quarter|third|half|fifth) off|(?:gets?|take|enjoy|claim|extra|an extra) (?:<SIGN>|<CODE>)? ?<N> ?<CODE>? off|for the price of',
    ),
    words(
      '<N> ?(?:<CODE>|<SIGN>)? ?off (?:your|the|all|every|any|everything|selected|on)|cash ?back|money[ -]off|marked down|markdowns?',
    ),
    words(
      '(?:low(?:er|est)?|best|unbeatable|amazing|member|new low|special|incredible) prices?|prices? (?:start|from|as low)|(?:from|for|at) (?:only|just) <N>',
    ),
  ),
  ...rule(
    'OFFER',
    words(
      "(?:special|exclusive|limited|best|great|new|our|latest|weekend|holiday|ramadan|eid|these|summer|winter|spring|autumn|introductory|amazing|unbeatable|hot|daily|weekly|todays?|today's|welcome|bundle|launch|big|more|the|with|of|any|flash|early|your) offers",
    ),
    words(
      "(?:special|exclusive|limited(?:[ -]time)?|best|great|new|our|latest|weekend|holiday|ramadan|eid|this|summer|winter|spring|introductory|amazing|unbeatable|hot|today's|welcome|bundle|launch|flash|personal|free|an|early) offer(?! (?:to (?:repair|replace|refund|help)|of (?:help|support)))",
    ),
    words(
      'offers? (?:ends?|expires?|valid|just for|only for|inside|of the|is valid|starts?|on all|on our|on every)|on offer',
    ),
    words(
      '(?:summer|winter|spring|autumn|fall|flash|big|mega|season|clearance|weekend|our|annual|holiday|ramadan|eid|christmas|anniversary|year|warehouse|opening|friday|monday|private|early|the|in|on|a|this|huge|final|stock|biggest|best) sale(?! and delivery| contract| agreement|s)(?<!(?:of|for|at|conditions of|proof of|point of|after the) (?:the )?sale)',
    ),
    words('sale (?:ends?|starts?|is (?:on|here|now)|now on|prices?|items?|on (?:now|all))|sale!'),
    words(
      "(?:best|hot|hottest|great|daily|weekly|amazing|exclusive|special|top|our|these|todays|today's|new|latest|unbeatable|crazy|more|big) deals?|deals? (?:of the (?:day|week|month)|for you|on (?:all|our|every)|inside)|deals".replace(
        /\|deals$/,
        '|(?<!she |he |it |who |team |that )deals(?! with)',
      ),
    ),
    words('black friday|white friday|cyber monday|singles day|prime day|clearance'),
    words(
      'free trials?|bundle and save|price match|s a l e|o f f e r|introducing (?:the|our) (?:new|all-new|latest)',
    ),
  ),
  ...rule(
    'COUPON',
    words(`coupons?${GIVEN_EN}|vouchers?(?! for your (?:return|claim))${GIVEN_EN}`),
    words(
      '(?:promo(?:tion(?:al)?)?|discount|offer|savings?|gift|referral) ?codes?(?! (?:was )?(?:applied|used))',
    ),
    words(
      '(?:use|enter|apply|with|quote) (?:the |your |this |our )?(?:code|promo)(?: is)? ?:? ?["\']?(?!\\d)[a-z]{2,}-?\\d*["\']? (?:at|in|on|when|for|to|and) ?(?:the )?(?:checkout|basket|cart|till|your next|next order|save|get|shop)?',
    ),
    words(
      '(?:use|enter|apply|with|quote) (?:the |your |this |our )?(?:code|promo) ?:? ?["\']?[a-z]{4,}-?\\d{1,3}',
    ),
    words(
      'code at (?:the )?checkout|(?:use|enter|apply|type|quote|add) [a-z\\d-]{3,20} (?:at|in|on) (?:the |your )?(?:checkout|basket|cart)|redeem (?:it|your|this|now|at)',
    ),
  ),
  ...rule(
    'UPSELL',
    words(
      "(?:you (?:may|might|could) (?:also )?(?:like|love|enjoy|be interested in)|you(?:'ll| will|'d| would) (?:also )?love|you(?:'ll| will) (?:also )?like)(?! to know)",
    ),
    words(
      '(?:customers|people|others|shoppers|buyers)(?: like you)?(?: who (?:bought|viewed|liked) (?:this|it|that|yours))?,? also (?:bought|like[ds]?|viewed|love[ds]?)',
    ),
    words(
      'recommended (?:\\p{L}+ )?(?:just )?for (?:you|your)|our customers (?:love|adore|rave)|must try|recommendations? for you|picked (?:just )?for you|(?:our )?(?:top )?picks for you|related products|similar products|you viewed|(?:item|product)s? you (?:looked at|viewed|left)|left in your (?:cart|basket)|your (?:cart|basket) (?:misses you|is (?:still )?waiting|awaits)',
    ),
    words(
      '(?:shop|buy|order|get|grab|book|pre-?order) (?:it |yours |them |one )?(?:now|today|online now)(?! (?:if you|because|being|in |is |on |ready|at the workshop))',
    ),
    words(
      '(?:shop|browse|explore|discover) our \\p{L}+|(?:shop|browse|explore|discover|see|view|check out|visit|try|meet) (?:all )?(?:our|the) (?:\\p{L}+ )?(?:new|latest|accessories|collections?|range|bestsellers?|best sellers?|arrivals|products|shop|store|selection|line|blend|catalogue|catalog)',
    ),
    words(
      'discover our|new (?:arrivals|collections?|in stock|range|season|styles)|(?:spring|summer|autumn|fall|winter|ramadan|eid|holiday) (?:collection|range|line|styles)|now in (?:our )?(?:stores?|shops?)|best-?sellers?|best sellers?|just (?:arrived|landed|dropped)',
    ),
    words(
      'complete (?:the|your) (?:look|set|outfit|collection|kit)|(?:pairs?|goes|go) (?:well|perfectly|great) with|perfect (?:match|companion|partner) (?:for|to) your|frequently bought together|why not (?:add|try|treat)',
    ),
    words(
      'upgrade (?:now|today|your plan|your (?:order|package|membership))|upgrade to (?:a |our |the )?(?:premium|pro|plus|gold|platinum|vip|paid|higher|bigger)|go (?:premium|pro)|buy (?:it|them|this|one)? ?again|reorder (?:now|today|with)|time to (?:reorder|restock|stock up)|stock up',
    ),
    words(
      'treat yourself|ready for more|gift (?:guide|ideas)|looking for a (?:gift|present)|make it a set|(?:add|try|see|love) (?:the|a|this|these) matching|upgrade your (?!\\p{L}+ (?:firmware|software|app))\\p{L}+ with|we (?:have )?miss(?:ed)? you|add (?:it |one |this )?to (?:your )?(?:cart|basket|bag)|back in stock|get yours|make it yours|must-?haves?|wish ?list',
    ),
    words(
      'refer a friend|invite (?:a friend|your friends|friends)|(?:double|triple) your points|(?:double|triple|bonus|extra) points|earn (?:<N> |more |extra )?(?:reward )?points|claim your (?:reward|prize|gift|bonus)|win (?:a|an|the|one of|up to|prizes)|prize draw|giveaway|competition to win',
    ),
    words(
      'be the first to (?:know|shop|hear|get|buy)|join our (?:club|loyalty|rewards|vip)|become a (?:member|vip)',
    ),
  ),
  ...rule(
    'FREE_GIFT',
    words(
      '(?:free|complimentary|bonus) (?:gifts?|samples?|bag|mug|toy|item|product|month|extra|bonus|travel size)|<N> (?:months?|weeks?|days?|items?|pieces?) (?:for )?free|(?:is |are )?on us(?= ?(?:$|[.!,]))|your (?:exclusive |special |free |birthday )?(?:gift|surprise|treat|reward) (?:is waiting|awaits|inside|from us)|(?:exclusive|surprise|birthday|welcome) gift|birthday treat|gifts? (?:with|for) (?:every|each|any|your next|your) (?:purchase|order)',
    ),
    words(
      'free with (?:every|each|any|your next|your|all)|(?:get|enjoy|receive|claim) (?:\\p{L}+ ){0,4}(?:for )?free(?! (?:of charge|repair|returns?|support|replacement))(?= ?(?:$|[.!,:;]|today|now|on|when|with|this|until|while))',
    ),
    words(
      'buy (?:one|two|three|any|\\d+),? (?:and )?get|bogo(?:f)?|(?:\\d+|two|three|four) for (?:the price of )?(?:\\d+|one|two|three)(?! (?:days?|hours?|years?|months?|weeks?|people|persons?|minutes?))(?= ?(?:$|[.!,:;]|on |with |across |all |this |now|today|until |only))',
    ),
    words(
      '(?:enjoy|get|claim|unlock) (?:\\p{L}+ ){0,2}free (?:shipping|delivery)|free (?:shipping|delivery) (?:on|for|over|with|when|this|until|today|weekend)(?! (?:your|this|the) (?:replacement|return|exchange|order(?!s)))',
    ),
  ),
  ...rule(
    'URGENCY',
    words(
      "last chance|final chance|last call|final hours|hurry(?: up)?|act (?:now|fast|today|quickly)|don't (?:miss|wait)(?: out)?(?! (?:your (?:appointment|delivery|parcel|slot|flight)|a dose|the (?:delivery|courier|appointment)))|do not miss (?:out|this|our)|never miss (?:a deal|an offer|out)",
    ),
    words(
      '(?:stocks?|supplies) (?:is|are) (?:running out|limited|low)|limited[ -](?:time|period|stock|quantit(?:y|ies)|edition|availability)|for a limited|while (?:stocks?|supplies|supply) lasts?|today only|this (?:week|weekend|week end) only|one day only|<N> (?:hours?|days?) only|only (?:for )?<N> (?:hours?|days?)(?= ?(?:$|[.!]))',
    ),
    words(
      "only (?:a few|<N>|one|two|three|few) (?:(?!days?|hours?|minutes?|weeks?|months?|attempts?|steps?)\\p{L}+ )?(?:left|remain(?:ing)?)(?: in stock)?(?! (?:days?|hours?|minutes?|attempts?|in your|to do))|only <N> (?:days?|hours?) left to (?:save|shop|order|buy|get|grab)|selling (?:out )?fast|almost gone|going fast|before (?:it is|it's|they are|they're) (?:gone|too late)|before .{0,20}runs? out",
    ),
  ),
  ...rule(
    'RE_PERMISSION',
    words(
      "confirm (?:that )?(?:you|you'd|your) (?:still )?(?:want|wish|would like|like|interest|agree|consent|are happy) (?:in |to )?.{0,50}?<MAILS>",
    ),
    words(
      '(?:do|would) you (?:still )?(?:want|wish|like) (?:us )?(?:to )?(?:keep |continue |stay |go on |still )?.{0,40}?<MAILS>',
    ),
    words(
      "(?:you (?:will|'ll) )?stop (?:receiving|getting|hearing) .{0,30}?<MAILS> unless|still (?:want|wish|like|interested in|happy) (?:us )?(?:to )?(?:hear|receiv|get|hearing|receiving|getting)?.{0,30}?<MAILS>",
    ),
    words(
      "(?:stay|remain|keep me|keep you|be) (?:subscribed|opted in)|(?:stay|remain|be|keep me|keep you|keep yourself) (?:on|in) (?:our|the|this|your) (?:\\p{L}+ )?list|(?:may|can|should) (?:we )?(?:go on|continue|keep|still) (?:writing|sending|mailing|emailing|contacting|to write|to send)|(?:let's|want to|like to|can we) (?:stay|keep|remain) in touch|keep (?:hearing|receiving|getting) .{0,25}?<MAILS>",
    ),
    words(
      '(?:continue|go on) (?:receiving|hearing|getting|to receive|to hear|to get) .{0,30}?<MAILS>|keep (?:sending|emailing|writing to|mailing) (?:you|our|us)',
    ),
    words(
      '(?:renew|refresh|reconfirm|re-confirm|give|update|confirm|need|want|ask(?:ing)? for|ask) (?:us )?your (?:marketing |email |e-mail )?(?:consent|permission|opt-?in|marketing preferences)',
    ),
    words(
      'opt[ -]?(?:back )?in (?:again|now|today|here|to|below)|re-?subscribe|confirm your (?:e-?mail |newsletter |mailing list )?subscription(?! (?:renewal|plan|payment|change|start|box|delivery))',
    ),
    words(
      '(?:subscribe|sign(?:ing)? up|register) (?:to|for) (?:our|the|this|news|e-?mails?|more) ?.{0,30}?(?:newsletters?|e-?mails?|mailing list|news|offers|updates)?(?<=newsletters?|e-?mails?|list|news|offers|updates)|join our (?:mailing list|newsletter|list)',
    ),
    words(
      "agree to (?:receive|get|hear) .{0,30}?<MAILS>|(?:yes,? )?(?:send|keep sending) me (?:your )?.{0,15}?<MAILS>|we (?:do not|don't) want to lose you|is this goodbye",
    ),
  ),
];

const arabic: PromotionRule[] = [
  ...rule(
    'DISCOUNT',
    words(
      `(?<!تم |سيتم |يتم |جري |لن |لم |قبل )<P>خصم<S>(?! (?:المبلغ|مبلغ|القيمه|قيمه|الرسوم|رسوم|التكلفه|اي |من (?:بطاقتك|حسابك|رصيدك|راتبك)))${GIVEN_AR}`,
    ),
    words('<P>(?:خصومات|خصوم|حسومات)<S>'),
    words(
      '<P>(?:تخفيض|تخفيضات)<S>(?! (?:الصوت|صوت|درجه|الاضاءه|السرعه|سرعه|حراره|الحراره|مستوي|استهلاك|الضغط|السطوع|الاستهلاك|الضوضاء))',
    ),
    words('(?<!مجلد |صفحه |قايمه |ملف |سجل )<P>تنزيلات<S>(?! (?:الملفات|التطبيق|الجهاز|المتصفح))'),
    words(
      `<N> ?% ?(?:<P>(?:خصم|تخفيض|حسم)|اقل|استرداد)|<P>(?:خصم|تخفيض|حسم) (?:يصل )?(?:حتي |الي |بنسبه |قدره |بقيمه )*<N>`,
    ),
    words(
      '[وف]?(?:وفر|وفري|وفروا|توفير|ستوفر|توفر) (?:حتي |الي |اكثر من |ما يصل الي |بنسبه )*<N> ?.{0,2}(?:%|<MAL>)|[وف]?وفر(?:وا|ي)? (?:المال|اكثر|معنا|الان)',
    ),
    signs(
      '(?<![\\p{L}\\p{N}])[وف]?(?:وفر|وفري|وفروا|توفير|توفر|ستوفر|يوفر) (?:حتي |الي |اكثر من |ما يصل الي |بنسبه )*<N> ?%',
    ),
    signs('(?<![\\p{L}\\p{N}])- ?\\d{1,2} ?%'),
    words(
      '<P>نصف (?:السعر|الثمن)|<P>(?:اقل|افضل|ارخص|اوفر) (?:سعر|الاسعار|اسعار)|<P>(?:سعر|اسعار) (?:خاص|خاصه|مخفض|مخفضه|مغري|مغريه|منافس|منافسه|لا [تي]قاوم|لا [تي]نافس|ستعجبك|مميز|مميزه)|(?:انخفض|انخفضت|خفضنا|خفضت|هبط|نزل) (?:سعر|اسعار|السعر|الاسعار)<S>|انخفاض (?:الاسعار|السعر|سعر)|<P>ارخص من|<P>اسعار<S> (?:تبدا|تبدء)|ابتداء?ا? من <N>|تبدا من <N>',
    ),
    words(
      '<P>استرداد نقدي|كاش ?باك|(?:ادفع|ادفعي|ادفعوا) اقل|<P>سعر <N> .{0,12}فقط|<P>(?:سعر|ثمن) (?:قطعتين|قطعه|واحده|واحد|اثنين|شهر|شهرين)',
    ),
  ),
  ...rule(
    'OFFER',
    words(
      '<P>عروض<S>(?! (?:تقديميه|اسعار|الاسعار|السعر))|<P>عرض<S> (?:خاص|خاصا|حصري|محدود|مميز|لفتره|اليوم|الاسبوع|الشهر|العيد|رمضان|مغري|رايع|لا يفوت|لا يقاوم|ترويجي|ساري|سار|ينتهي|صالح|لمده|ال(?:خاص|حصري|محدود|مميز|ترويجي))|هذا العرض|[وف]?(?:استفد|استفيدوا|استفيدي|اغتنم|انتهز|انتهزوا|اغتنموا) (?:من )?(?:ال|هذا )?(?:عرض|عروض|العرض|العروض|الفرصه|فرصه)|<P>عرضنا',
    ),
    words(
      '<P>صفق(?:ه|ات)<S> (?:اليوم|الاسبوع|رابحه|مميزه|لا تفوت|لا تعوض)|<P>صفقات<S>|(?:كل شيء|المخزون) للتصفيه|(?:اقتنص|اقتنصي|اقتنصوا)|<P>اوكازيون|<P>تصفيه (?:نهايه|نهاييه|المخزون|شامله|الموسم|كبري|علي)|<P>تصفيات',
    ),
    words('<P>جمعه (?:البيضاء|السوداء|الصفراء)|<P>جمعه البيضا|<P>تجربه مجانيه|<P>باقه مجانيه'),
  ),
  ...rule(
    'COUPON',
    words(
      `<P>(?:كوبون|كوبونات|كابون)<S>${GIVEN_AR}|<P>(?:قسيمه|قسايم)<S>(?! (?:الضمان|ضمان|الارجاع|ارجاع|الدفع|الاستلام|التسليم|الايداع|الزواج|الشحن))`,
    ),
    words(
      '<P>(?:كود|رمز|اكواد|رموز|كوبون) <P>(?:خصم|ترويجي|ترويجيه|عرض|عروض|تخفيض|حسم|شراء|احاله|دعوه)<S>|برومو ?كود|بروموكود',
    ),
    words(
      '(?:استخدم|استخدمي|استخدموا|ادخل|ادخلي|ادخلوا|طبق|مع|باستخدام|اكتب) <P>(?:الكود|كود|الرمز|رمز|رمزنا|كودنا) ?:? ?["\']?[a-z]{2,}-?\\d*|(?:استخدم|ادخل|اكتب|ادخلي|استخدمي)(?:وا)? ["\']?[a-z\\d-]{3,20}["\']? عند (?:الدفع|الشراء|اتمام)',
    ),
  ),
  ...rule(
    'UPSELL',
    words(
      '(?:قد|ربما|سوف|ربما قد) (?:ي|ت|س)?عجب(?:ك|كم|كن|كما)(?: ايضا)?|(?:قد|ربما) (?:يهمك|تهمك|يناسبك|تحب|تحبين|تحبون)(?: ايضا)?|س(?:ي|ت)عجب(?:ك|كم)|ست(?:حب|حبين|حبون|عشق|عشقين)(?:ه|ها)?|<P>سل(?:ت|ه)(?:ك|كم)? (?:تنتظر|بانتظار)\\p{L}*|(?:جدد|جددي|طور) \\p{L}+ مع \\p{L}+نا|(?:دليل|افكار) (?:ال)?هدايا|(?:تبحث|تبحثين|تبحثون) عن هديه|(?:افضل|اجمل|احلي) (?:هديه|الهدايا|هدايا)|(?:اشتروا|اشتري|شاهدوا|شاهد|احبوا|احب) (?:\\p{L}+ ){0,2}ايضا|<P>منتجات (?:ذات صله|مشابهه|مقترحه|موصي بها|قد تهمك|ننصح بها)',
    ),
    words(
      '(?:اخترنا|اخترناها|انتقينا|انتقيناها|رشحنا|نرشح|نقترح|نوصي) (?:لك|لكم|عليك|ب)|<P>مختار(?:ه|ات)? (?:لك|لكم)|ننصح (?:بها|به) (?:ل\\p{L}+)?|عملاونا (?:يحبون|يفضلون)|<P>توصيات(?:نا)? (?:لك|لكم)|ننصحك (?:بشراء|بتجربه|باقتناء|باضافه)',
    ),
    words(
      '(?:تسوق|تسوقي|تسوقوا|اشتر|اشتري|اشتروا|اطلب|اطلبي|اطلبوا|احجز|احجزي|احجزوا|اقتن|اقتني|اشتره|اشترها|اطلبه|اطلبها|احصل عليه|احصل عليها)(?:ه|ها)? (?:الان|اليوم|حالا|فورا)',
    ),
    words(
      '(?:اكتشف|اكتشفي|اكتشفوا|تصفح|تصفحي|تصفحوا|استكشف|استكشفوا) (?:\\p{L}+ ){1,2}من متجرنا|(?:اكتشف|اكتشفي|اكتشفوا|تصفح|تصفحي|تصفحوا|تعرف علي|استكشف|شاهد|جرب|جربي|جربوا) (?:كل )?(?:مجموعتنا|تشكيلتنا|منتجاتنا|جديدنا|احدث|متجرنا|المجموعه|التشكيله|خلطتنا|عالم)|(?:مجموعتنا|تشكيلتنا|مجموعتنا ال|تشكيله|مجموعه) (?:الجديده|الربيع|الصيف|الشتاء|الخريف|العيد|رمضان)|وصل(?:نا|ت)? (?:حديثا|حديث|جديد|تشكيل|مجموع|الينا)\\p{L}*|وصل حديثا|<P>اكثر مبيعا|<P>اكثر مبيعات|<P>واصل حديثا|جديدنا|تشكيله (?:جديده|الموسم)|موسم جديد',
    ),
    words(
      '(?:اكمل|اكملي|اكملوا) (?:اطلالتك|مجموعتك|طقمك|اناقتك|اطلالتكم)|(?:دلل|دللي|كافي|كافيي) نفسك|(?:اضف|اضفه|اضفها|اضيفي)(?:ه|ها)? (?:الي|ل)(?: )?(?:السله|سلتك|سله|عربه|لسلتك)|اضفه الي سلتك|عاد(?:ت)? (?:الي المخزون|للمخزون|متوفر|متوفره)|متوفر من جديد|شاهدته|الذي شاهدته|تركته في (?:السله|سلتك)|تركت(?:ها)? في (?:السله|سلتك)',
    ),
    words(
      '(?:اشتره|اشترها|اطلبه|اطلبها|اشتر|اشتري|اعد الطلب|اعد شراء|كرر الطلب|اعد طلب)(?:ه|ها)? ?(?:مره اخري|مجددا|من جديد|الان|ها|ه)?(?<=مره اخري|مجددا|الان|اعد الطلب|كرر الطلب)|حان وقت (?:اعاده الطلب|التجديد بمنتج|الشراء)|<P>انتق(?:ل|لي|لوا) الي (?:الباقه|باقه|الخطه|خطه|النسخه) (?:الذهبيه|المميزه|البلاتينيه|المدفوعه|الاحترافيه|الفضيه|الاعلي)|(?:رق|رقي|طور|ارتق) (?:باقتك|خطتك|اشتراكك)|ترقيه (?:باقتك|خطتك|اشتراكك)',
    ),
    words(
      '(?:ادع|ادعي|ادعوا|اخبر|اخبري|ارسل دعوه|شارك مع) (?:صديق|صديقا|صديقك|صديقتك|اصدقاءك|اصدقايك|احبابك)|ضاعف نقاطك|(?:ضعف|اضعاف|مضاعفه) (?:النقاط|نقاطك)|نقاط (?:مضاعفه|اضافيه)|<P>(?:اكسب|اربح|اجمع|تكسب|تربح) (?:<N> )?(?:نقط|نقاط|جاي?ز|هدي|قسيم)\\p{L}*|احصل(?:ا|وا|ي)? (?:معا )?علي (?:مكافاه|مكافاتك|جايزه)|سحب علي|[وف]?(?:اربح|اربحي|اربحوا|فز ب|فوزوا ب)\\p{L}*|فرصه (?:ال)?(?:ربح|فوز)|كن اول من (?:يعرف|يشتري|يحصل|يتسوق)|انضم الي (?:نادي|برنامج الولاء)',
    ),
  ),
  ...rule(
    'FREE_GIFT',
    words(
      '<P>(?:هديتك|مفاجاتك) (?:ال)?(?:حصري|مجاني|خاص|ينتظر|تنتظر|بانتظار)\\p{L}*|<P>(?:شهر|شهران|شهرين|اسبوع|اسبوعان|سنه) (?:مجانا|مجاني|مجانيه)|<N> (?:اشهر|شهور|ايام|اسابيع|قطع) مجان\\p{L}*|<P>هديه عيد ميلاد\\p{L}*|<P>(?:هديه|هدايا|هديتك|عينه|عينات) (?:مجانيه|مجانا|مجاني|مع كل|علي كل|عند (?:شراء|الشراء|كل)|لكل)|<P>(?:قطعه|واحده|الثانيه|الثالثه|الاخري|الثاني) (?:مجانا|مجانيه|هديه|علينا)|(?:واحصل|احصل|تحصل|وخذ|خذ)(?:وا|ي)? (?:علي )?.{0,30}?مجانا|مجانا (?:مع|عند) (?:كل|شراء|الشراء|طلبك القادم|اي)',
    ),
    words(
      '<P>(?:شحن|توصيل) (?:ال)?مجاني (?:علي|لكل|لجميع|للطلبات|عند|فوق|لطلبات|لطلبك القادم|هذا|اليوم|حتي)|(?:استمتع|تمتع|احصل)(?:وا|ي)? (?:ب|علي )(?:ال)?(?:شحن|توصيل) (?:ال)?مجاني',
    ),
    words(
      'اشتر(?:ي|وا)? (?:\\p{L}+ |<N> ){1,3}(?:و ?احصل|و ?خذ)(?:وا|ي)?(?: علي)?|<N> (?:قطع|منتجات|حبات|علب) ب(?:سعر|ثمن) (?:<N>|قطعتين|قطعه|اثنتين|واحده|حبتين|منتجين)|واحد(?:ه)? علينا|1 ?\\+ ?1',
    ),
  ),
  ...rule(
    'URGENCY',
    words(
      '<P>(?:اخر فرصه|فرصه (?:الاخيره|اخيره|لا تعوض|لا تتكرر|محدوده)|فرصتك الاخيره)|لفتره (?:محدوده|قصيره|وجيزه)|<P>(?:كميه|كميات) (?:ال)?محدود[هة]|<P>وقت محدود|لوقت محدود|لمده محدوده|<P>عدد محدود',
    ),
    words(
      '(?:سارع|سارعوا|سارعي|بادر|بادروا|بادري)(?: (?:بال|ب|الي|قبل|ل)\\p{L}*)?|اسرع(?:وا|ي)? (?:بال(?:شراء|طلب|حجز)|قبل|الي (?:المتجر|متجرنا|الشراء))|عجل(?:وا|ي)? (?:بال|قبل)\\p{L}*',
    ),
    words(
      '(?:لا|ولا) (?:تفوت|تفوتك|تفوتكم|تفوتوا|تفوتي|تفوتها|تضيع|تضيعوا|تضيعي|يفوتك|يفوتكم)(?:وا|ي|ه|ها)?(?! (?:موعد|الموعد|موعدك|الجرعه|جرعه|التسليم|موعد التسليم))|قبل (?:نفاد|نفاذ|انتهاء|نهايه) (?:ال)?(?:كميه|مخزون|كميات|عرض|خصم|عروض)|حتي (?:نفاد|نفاذ)|قبل فوات الاوان|ينتهي (?:العرض|الخصم|قريبا العرض)|(?:اليوم|الليله|لليوم|لهذا اليوم) فقط|تنتهي (?:الليله|العروض|التخفيضات|اليوم)(?! (?:الصيانه|صيانه|مهله|المهله))',
    ),
    words(
      '(?:بقي|بقيت|تبقي|تبقت|لم يبق|لم يتبق) (?:سوي |الا )?(?:<N>|قطع|قطعتان|قطعه|القليل|ثلاث قطع|اربع قطع|خمس قطع|\\p{L}+ قطع)(?: (?:فقط|في المخزون))?(?<=فقط|المخزون|القليل)|علي وشك النفاد|يكاد ينفد|[وف]?(?:ال)?(?:كميه|كميات|مخزون) (?:ي|ت)نفد\\p{L}*|<P>اصدار محدود',
    ),
  ),
  ...rule(
    'RE_PERMISSION',
    words(
      '(?:تاكيد|اكد|اكدوا|اكدي|تؤكد|توكد|تاكد|التاكد من) (?:انك |لنا )?(?:رغبتك|موافقتك|رغبتكم|موافقتكم|لا تزال|ما زلت|مازلت|ترغب|تريد|تود|انك|من رغبتك|من موافقتك) ?(?:في |علي |ب|ان )?.{0,45}?<RASAEL>',
    ),
    words(
      '(?:هل|ا) ?(?:ما زلت|مازلت|لا تزال|ما تزال|ما زلتم|لا زلت)? ?(?:ترغب|ترغبين|ترغبون|تريد|تريدين|تريدون|تود|تودين|تودون|مهتم|مهتما) ?(?:في |ب|ان )?.{0,45}?<RASAEL>',
    ),
    words(
      '(?:ستتوقف|ستنقطع|لن تصلك) (?:رسايلنا|نشرتنا|اخبارنا|عروضنا) .{0,20}?ما لم|(?:ابق|ابقي|ابقوا|لتبقي|للبقاء|البقاء|تبقي) (?:مشترك\\p{L}*|علي (?:تواصل|اطلاع|قايم\\p{L}*)|في (?:ال)?(?:قايم\\p{L}*|نشر(?:ت|ه)\\p{L}*)|ضمن (?:قايم\\p{L}*|المشتركين))',
    ),
    words(
      '(?:جدد|جددي|جددوا|تجديد|حدث|نجدد|امنحنا|اعطنا|نطلب|نحتاج|نحتاج الي|بحاجه الي|نود الحصول علي|نستاذنك) (?:موافقتك|موافقتكم|اذنك|اذنكم|اشتراكك في (?:نشرتنا|النشره|رسايلنا|قايمتنا))|نستاذنك في (?:ارسال|الارسال|مراسلتك)',
    ),
    words(
      '(?:للاستمرار|لتستمر|لمواصله|لنواصل|لنستمر|للمواصله|الاستمرار|مواصله|استمرار) (?:في |ب)?(?:تلقي|استلام|وصول|ارسال|استقبال|متابعه) .{0,25}?<RASAEL>',
    ),
    words(
      '(?:اشترك|اشتركي|اشتركوا|سجل|سجلي|سجلوا|انضم|انضمي|انضموا|الاشتراك|اشتراكك) (?:في|ب|الي) ?(?:نشرتنا|النشره|نشره|قايمتنا|القايمه البريديه|قايمه|رسايلنا|بريدنا)\\p{L}*|(?:اشترك|اشتركي|اشتركوا|سجل) (?:من جديد|مجددا|مره اخري)|(?:اكد|تاكيد|اكدي|اكدوا) (?:ال)?اشتراك(?:ك|كم)?(?! (?:السنوي|الشهري|في الباقه|المدفوع))',
    ),
    words(
      '(?:اوافق|وافق|توافق|الموافقه) علي (?:تلقي|استلام|استقبال|وصول|ارسال) .{0,25}?<RASAEL>|لا نريد (?:ان )?نخسرك|اشتقنا (?:لك|اليك|لكم)|افتقدناك',
    ),
  ),
];

/** Every rule of words, in both languages: a mail in Arabic may say "Sale", and one in English «خصم». */
export const promotionRules: readonly PromotionRule[] = [...prices, ...english, ...arabic];
