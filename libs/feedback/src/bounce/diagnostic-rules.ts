import { type BounceClass, type BounceReason } from './bounce-verdict.js';
import { otherLanguages } from './diagnostic-languages.js';
import { type DiagnosticRule } from './diagnostic-rule.js';
import { has, lacks, patternOf } from './diagnostic-pattern.js';

/*
 * One table, read from its top: a rule means what it means only because of those above it, so that it is longer than our files
 * are and stays in one piece. What is said in other languages stands in diagnostic-languages.ts.
 */

type Row = [
  name: string,
  verdict: Exclude<BounceClass, 'none'>,
  reason: BounceReason,
  pattern: string,
  more?: Pick<DiagnosticRule, 'status' | 'onlyPermanent'>,
];

const rows: (Row | DiagnosticRule)[] = [
  [
    'a machine answers for a person',
    'auto_reply',
    'automatic_reply',
    ' (?:out of (?:the |my )?office|automatic (?:reply|response)|auto ?(?:reply|response|responder)|(?:annual|maternity|parental|sick) leave|on (?:vacation|holiday|leave)|abwesenheit\\w*|absence du bureau|reponse automatique|respuesta automatica|fuera de la oficina|rd automatique|автоответ|رد تلقايي|الرد التلقايي|خارج المكتب|في اجازه) ',
  ],

  // Exchange tells what the last attempt met, whatever it was; a policy that lasts says so by its status.
  [
    'expired on the way',
    'soft',
    'connection',
    ' message expired ',
    { status: statuses => statuses.length > 0 && statuses.every(({ subject }) => subject === 4) },
  ],

  // The sender was refused. Read first: "sender address rejected: user unknown" says nothing of the recipient.
  [
    'sender refused',
    'block',
    'authentication',
    ' {FROM} (?:e ?mail )?(?:address )?(?:\\S+ )?(?:rejected|refused|denied|blocked|black\\w*|verif\\w+|invalid|unknown|unauthori[sz]ed|unvalidated|must|does|has|is|was|not|domain|could|cannot)',
  ],
  [
    'sender refused, the other way',
    'block',
    'authentication',
    ' (?:bad|fake|forged|spoofed|null|invalid|unknown|blocked|rejecting|unverified|illegal|outbound) ~2{FROM} ',
  ],
  [
    'sender domain',
    'block',
    'authentication',
    ' (?:senders? (?:mailbox|domain|host|account|server|mail server|address)|(?:your|sending|client) (?:domain|host|hostname|host ?name|dns|server|mail server)(?: name)? (?:\\S+ ){0,3}(?:not|no|does|doesnt|do|invalid|unknown|could|couldnt|cannot|isnt|must|lacks)|domain of sender|sender s domain|senders domain|badmailfrom|spoof\\w*|anti spoofing) ',
  ],
  [
    'sender was rejected',
    'block',
    'policy',
    ' (?:deny|denies|denied|reject|rejects|rejected|blocks?|blocked|refuses?) (?:the |your |this )?{FROM} ',
  ],
  [
    'greeting, by its status',
    'block',
    'authentication',
    ' invalid (?:domain|host) ?(?:name)? ',
    { status: has(5, 2, 4) },
  ],
  [
    'callout',
    'block',
    'authentication',
    ' (?:verification failed for (?:\\S+ ){0,60}(?:sender|called|callback|callout)|callback (?:verif\\w*|setup)|call ?out verif\\w*) ',
  ],
  // Whoever looks at who writes says so; of whom it is for no server verifies the From.
  [
    'cannot verify',
    'block',
    'authentication',
    ' (?:cannot|can not|cant|could not|couldnt|unable to|failed to) (?:verify|validate|check) (?:the |your )?(?:from|sender|originator) ',
  ],
  ['bad greeting', 'block', 'authentication', ' (?:helo|ehlo) '],
  [
    'no name for the address',
    'block',
    'authentication',
    ' (?:reverse dns|rdns|ptr|fcrdns|cannot find your (?:reverse )?hostname|ip name lookup|no reverse|your hostname) ',
  ],
  [
    'authentication',
    'block',
    'authentication',
    ' (?:dmarc|dkim|spf|sender ?id|unauthenticated|not authenticated|authenticat\\w+ (?:\\S+ )?(?:required|failed|failure|level|checks?)|auth required|must (?:be )?authenticate\\w*|starttls|tls (?:is )?required|(?:invalid|expired|untrusted|bad|missing|no|self signed) ~1certificate|certificate ~3(?:invalid|expired|required|untrusted|mismatch|not|failed|failure|revoked|verif\\w+)|dane (?:\\S+ )?(?:required|fail\\w*|error|validation)|tlsa|mta sts) ',
  ],
  ['not yet known to the server', 'soft', 'system', ' unverified address '],

  // This mail, its server or its kind was refused, in words that leave no doubt.
  [
    'too many unknown',
    'block',
    'reputation',
    ' (?:too many|excessive) ~2(?:unknown|invalid|bad|wrong|non ?exist\\w*|failed) |(?:dictionary attack|directory harvest)',
  ],
  ['sleeping mailbox', 'hard', 'mailbox_disabled', ' (?:due to|because of|for) (?:\\S+ )?inactivity '],
  [
    'listed',
    'block',
    'reputation',
    ' (?:blocked|listed|rejected|denied|refused|found|is|are|appears?|present) ~5(?:by|using|in|on|at|from|via) ~4{LIST} ',
  ],
  [
    'on a list',
    'block',
    'reputation',
    ' (?:{LIST} (?:blocked|deny|listing|hit|reject\\w*|lookup)|(?:your|our|a|in|ip|the|personal|internal|local) ~1(?:black ?list\\w*|block ?list\\w*)|spamhaus|spamcop|black ip|black ?listed|block ?listed) ',
  ],
  [
    'reputation',
    'block',
    'reputation',
    ' (?:reputation|dynamic ip|banned|sbrs|senderbase|user complaints|too many ~1spams?|permanently deferred|retrying will not succeed|bad score) ',
  ],
  [
    'address of the server',
    'block',
    'reputation',
    ' (?:ip|ips|ip addresses|host|client host|ip address|network|server|servers) (?:\\S+ )?(?:is |are |was |has been |have been )?(?:currently |temporarily |permanently )?(?:blocked|banned|rejected|denied|black\\w*|listed|refused|not allowed|not in the|not white\\w*|not accepted) ',
  ],
  [
    'not from there',
    'block',
    'reputation',
    ' (?:connections?|access|mail|messages?|e ?mails?|traffic) ~3(?:not accepted|rejected|refused|denied|blocked|deferred|delayed|werent sent|is currently blocked|has been rejected|from ip) ~2(?:from|due|because|blocked|address) ',
  ],
  [
    'not from here',
    'block',
    'reputation',
    ' (?:part of their network|{MAIL} from (?:\\S+ )?(?:werent|were not|wasnt|was not) sent|not accept(?:ing|ed)? ~2{MAIL} from|access from ip|(?:e ?mail|mail|messages?) from is ~2blocked|is blocked for assistance|your access to this mail system) ',
  ],
  [
    'spam',
    'block',
    'spam_content',
    ' (?:{MAIL} (?:\\S+ ){0,6}(?:spam|junk|unsolicited|bulk|phishing)|(?:spam|junk|unsolicited) ~1(?:{MAIL}|detected|rejected|denied|refused|blocked|score|content)|(?:as|be|like|for|of|suspicion of|suspected|contains?|considered|likely|looks like|is|this) (?:spam|junk|unsolicited)|junk ?mail|anti ?spam (?:policy|engine|system)|spam blocked) ',
  ],
  [
    'codes of NetEase',
    'block',
    'spam_content',
    ' dt (?:spm|spb|ccl|mea) | (?:mi|wm) (?:spb|nhs|sti|bli|blu) ',
  ],
  ['codes of NetEase for nobody', 'hard', 'no_such_mailbox', ' (?:rp|rc|mi) unf '],
  [
    'codes of NetEase for hosts',
    'block',
    'reputation',
    ' (?:hl|rp) (?:rep|icc|ifc|mep|ihu|ipb|its|trl|cel|drc|qrc) ',
  ],
  [
    'virus',
    'block',
    'spam_content',
    ' (?:virus(?:es)?|malware|infected|trojan|phishing|malicious|potential security issue) ',
  ],
  [
    'relaying',
    'block',
    'relaying',
    ' (?:relay(?:ing)? (?:\\S+ )?(?:denied|not permitted|not allowed|prohibited|rejected|refused|forbidden|disallowed|operation)|(?:unable to|cannot|not allowed to|not permitted to|do not|dont|does not|denies|no|not an? open|will not|host is not allowed to) relay\\w*|allowed rcpthosts|denied relay\\w*) ',
  ],
  ...otherLanguages('spam_content'),
  ...otherLanguages('reputation'),

  // Not now.
  ['greylisted', 'soft', 'greylisted', ' (?:gr[ae]y ?list\\w*|greylisting) '],
  [
    'limit of sending',
    'block',
    'rate',
    ' (?:sending|sender|hourly|daily|outgoing|outbound|per hour|per day) ~2(?:quota|limits?|rate)|(?:messages|mails|emails) sent (?:from|today|per) ',
  ],
  [
    'limit of receiving',
    'soft',
    'rate',
    ' (?:receiving (?:\\S+ )?mail at a rate|recipient throttled|recipient has exceeded their limit|recipient is receiving|number of messages they can receive) ',
  ],
  [
    'mailbox full',
    'soft',
    'mailbox_full',
    ' (?:quota|over ?quota|(?:mailbox|mail ?box|inbox|maildir|folder|account|box) (?:\\S+ ){0,3}(?:full|overflow|too large|exceed\\w*)|full mailbox|out of ~1(?:space|storage)|(?:insufficient|not enough|no|lack of) ~1(?:disk |storage |mailbox )?(?:space|storage)|storage (?:allocation|quota|limit|space)|(?:disk|user|recipient) (?:is )?full|mailbox (?:size )?limit|too many messages (?:on|in)|(?:inode|blocks?) limit|exceed\\w* ~3(?:storage|mailbox)|cannot update mailbox|exhausted ~2(?:storage|space)) ',
  ],
  [
    'limit',
    'block',
    'rate',
    ' (?:rate limit\\w*|ratelimit\\w*|limit(?:ed)? (?:the )?rate|too many ~2(?:connections?|messages?|sessions?|mails|e ?mails|recipients|rcpts?|errors|attempts|same size)|slow down|throttl\\w*|(?:unexpected|excessive|unusual) ~1(?:volume|rate|number)|frequency limited|(?:connection|sending) frequency|(?:sending|send|sent|sends) ~1too (?:much|many|fast|often|quickly)|exceeded the (?:maximum|limit|number)) ',
  ],
  ...otherLanguages('mailbox_full'),
  ...otherLanguages('rate'),
  [
    'closed for a while',
    'soft',
    'system',
    ' (?:temporar\\w*|currently|momentarily) ~2(?:disabled|suspended|locked|blocked|inactive|unavailable|deactivated|rejected|refused|deferred|not available|unable) ',
  ],

  // Whoever sends is closed: "your account" is never the recipient's, and no mailbox has a licence.
  [
    'account of the sender',
    'block',
    'policy',
    ' (?:your (?!{MAIL} to |recipients? |contacts? |intended )(?:\\S+ )?(?:accounts?|login|access|mailbox|service|domain|subscription) (?:\\S+ ){0,5}(?:{SHUT}|blocked|paused|restricted)|(?:sending|senders?|smtp|api|relay|submission|customer|trial|free|demo) (?:e ?mail )?(?:accounts?|users?|login|access|service) (?:\\S+ ){0,3}(?:{SHUT}|blocked|paused|restricted|not active)|(?:sending(?! ~1to )|outgoing|outbound|submission|relaying) (?:\\S+ ){0,5}(?:{SHUT}|paused)|(?:subscription|licen[cs]e|trial|contract|credits?|login|password|credentials|api key|access(?! to)) (?:\\S+ ){0,3}(?:{SHUT}|exhausted|overdue)|(?:invalid|wrong|bad) (?:login|password|credentials|api key|token)) ',
  ],
  [
    'closed for what it sent',
    'block',
    'policy',
    ' (?:{SHUT}|blocked) (?:for|from|due to|because of) ~2(?:sending|send|sends|outgoing|outbound|spam\\w*|smtp|external) ',
  ],
  [
    'may not send',
    'block',
    'authentication',
    ' (?:no permissions? to|not (?:allowed|permitted|authori[sz]ed|entitled) to|may not) send (?!~2to )',
  ],
  [
    'what it leads to',
    'block',
    'content',
    ' (?:(?:links?|urls?|hyperlinks?|uris?) (?:in|within|inside|of) ~2{MAIL} ~1(?:is|are|was|were|not|has|have|leads?|points?|refers?|listed|blocked|rejected)|{MAIL} ~1(?:contains?|containing|includes?) ~3(?:links?|urls?|hyperlinks?|uris?)|(?:links?|urls?|hyperlinks?|uris?) ~3(?:leads?|points?|refers?|listed|blocked)) ',
  ],
  ['address in another script', 'block', 'content', ' (?:smtp ?utf ?8|eai|non ascii address\\w*) '],
  [
    'not wanted by whom it is for',
    'block',
    'policy',
    ' (?:(?:chosen|chose|choose|chooses|opted|asked|elected|prefers?|preferred|wishes|wants?) not to (?:receive|accept|get|be sent)|(?:not|doesnt) (?:accept|want|take)(?:ing|s)? ~1(?:bulk|newsletters?|commercial|marketing|mailings?|advertis\\w+)|(?:refuses?|rejects?|declines?) ~2(?:newsletters?|mailings?|advertis\\w+)) ',
  ],

  // There is nobody.
  ['perhaps nobody', 'block', 'policy', ' (?:may not exist|recipient preferences?|(?:user )?access deny) '],
  ['on the list of whoever sends for us', 'hard', 'no_such_mailbox', ' suppression list '],
  [
    'domain, by name of the error',
    'hard',
    'no_such_domain',
    ' (?:nxdomain|null ?mx|name or service not known|no address associated|nodename nor servname|nonexistent domain|domain nonexistent|no smtp service|dns hard error|does(?: not|nt) accept (?:any )?(?:e ?)?mail(?! from)) ',
  ],
  [
    'name service down',
    'soft',
    'connection',
    ' (?:(?:host|domain|name|lookup|dns)(?: \\S+){0,12} try again|servfail|(?:temporary|transient) ~2(?:dns|lookup|resolution|name)|(?:dns|name server) (?:query |lookup |server |resolution )?(?:failed|failure|timeout|timed out|error(?! dns type))|unable to (?:lookup|look up|resolve)(?: dns)?|query failed|dns (?:soft|temporary)) ',
  ],
  [
    'directory edge',
    'hard',
    'no_such_mailbox',
    ' recipient address rejected access denied ',
    { status: has(4, 1) },
  ],
  [
    'directory edge, by status of the address',
    'hard',
    'no_such_mailbox',
    ' (?:recipient )?address rejected access denied ',
    { status: statuses => has(1, 1)(statuses) && lacks(7)(statuses) },
  ],
  [
    'not our domain',
    'hard',
    'no_such_domain',
    ' (?:no such domain|unknown (?:host|domain)|host unknown|domain unknown|nonexistent (?:host|domain)|non existent (?:hosts?|domain)|invalid (?:domain|host)(?: name)?|(?:bad|illegal) (?:host|domain|destination system)|(?:host|domain|mail server|mx|domain name)(?: \\S+){0,6} {GONE}|(?:couldnt|could not|cannot|cant|unable to) find (?:any host|a mail exchanger|a valid mx|host|domain|mx)|no (?:mx|mail exchanger|valid mx|route to domain)|no valid hosts|point to non ?exist\\w* hosts) ',
    // Under a policy's status it is the sender's domain, or one in the mail: no server doubts its own.
    { onlyPermanent: true, status: lacks(7) },
  ],
  ['nobody of that name', 'hard', 'no_such_mailbox', ' {WHO} (?:\\S+ ){0,6}{GONE} '],
  [
    'nobody at all',
    'hard',
    'no_such_mailbox',
    ' (?:(?:nobody|no ?one) ~2(?:here|by|with|of|named|called|at)|(?:we|server|system|host) (?:do(?:es)? not|dont|doesnt) (?:have|know|host|recogni[sz]e) ~3{WHO}|(?:wasnt|was not|werent|were not|isnt|is not) found at) ',
  ],
  [
    'no such',
    'hard',
    'no_such_mailbox',
    ' (?:{NO_SUCH} (?:\\S+ ){0,2}{WHO}|no (?:\\S+ )?(?:mailbox|users?|account|recipients?|alias)) ',
  ],
  [
    'no account',
    'hard',
    'no_such_mailbox',
    ' (?:does(?: not|nt|n t) have (?:an? )?(?:\\S+ ){0,4}(?:account|mailbox)|dont have (?:a |an |any )?(?:\\S+ )?(?:mailbox|account|user|recipient)|not our customer|(?:unable to|could not|couldnt|can ?not|cant) (?:find|locate|verify|resolve|identify) (?:\\S+ ){0,2}{WHO}|resolver adr|not (?:a )?(?:user|customer|subscriber|member) (?:of|at|on|here)|not subscribed|badrcptto|unavailable mail user|mailbox not present|no longer (?:accepts?|receives?) (?:e ?)?mail|recipient ~1not|can(?:not|t) route ~2to|not in (?:the |our )?(?:directory|database|address book|user list)|not listed in|found by smtp address lookup) ',
  ],
  [
    'left',
    'hard',
    'no_such_mailbox',
    ' (?:left the (?:company|organi[sz]ation|firm|school)|no longer (?:works?|employed|an? employee|a member|at this|with (?:us|the))|does not work here|has retired) ',
  ],
  [
    'moved',
    'hard',
    'moved',
    ' (?:(?:user|mailbox|recipient|address) (?:\\S+ )?(?:has |have )?(?:moved|changed)|please (?:try|use) ~2(?:new|forward)) ',
    { onlyPermanent: true },
  ],
  ...otherLanguages('no_such_mailbox'),
  ...otherLanguages('no_such_domain'),
  [
    'mailbox closed',
    'hard',
    'mailbox_disabled',
    ' (?:{WHO} (?:\\S+ ){0,7}{SHUT}|{SHUT} (?:\\S+ ){0,2}(?:account|mailbox|user|recipient|address|e ?mail|inbox)|account (?:is )?(?:\\S+ )?(?:not available|unavailable|not active|blocked)|(?:mailbox|account|user) (?:is |has been |was )?blocked) ',
  ],
  ...otherLanguages('mailbox_disabled'),
  // RFC 5321's words for 550 mean "not found, no access, or refused for policy"; of consumer mailboxes they say the first.
  [
    'mailbox unavailable',
    'hard',
    'no_such_mailbox',
    ' (?:mailbox|recipient|user|mail ?box|address)(?: is| was| currently)? (?:unavailable|not available|unreachable) ',
    { onlyPermanent: true, status: lacks(7) },
  ],

  // The way there is broken.
  [
    'loop',
    'soft',
    'system',
    ' (?:loops?|looping|hop count|too many hops|received headers|best preference mx|mx record points to local|loops back) ',
  ],
  [
    'connection',
    'soft',
    'connection',
    ' (?:timed? ?out|timeout|timeouts|connection (?:\\S+ )?(?:refused|reset|failed|lost|closed|dropped|error|timed|broken)|lost connection|(?:could not|couldnt|cannot|unable to|cant|wasnt able to|failed to) (?:\\S+ )?(?:connect|establish|contact|reach)|no route to host|(?:network|host|server) (?:is )?(?:unreachable|down|not responding)|no answer|not responding|bad connection) ',
  ],
  [
    'given up waiting',
    'soft',
    'connection',
    ' (?:(?:delivery|message|retry|queue|mail) (?:time )?(?:\\S+ ){0,2}(?:expired|timeout|too old|too long|exceeded)|queue too long|retry time|failing for a long time|not delivered for|could not be delivered for) ',
  ],

  // Refused for what it was, or by whom.
  [
    'size',
    'block',
    'size',
    ' (?:{MAIL} (?:\\S+ ){0,4}(?:too (?:large|big|long)|exceed\\w*|larger than|oversize\\w*)|size (?:\\S+ ){0,2}(?:exceed\\w*|limit|too)|maximum (?:\\S+ ){0,2}size|too (?:large|big)|max(?:imum)? message size) ',
  ],
  [
    'form',
    'block',
    'content',
    ' (?:attachments?|headers?|bare lf|eight bit|8 ?bit|mime|malformed|conversion|subject|content|body|line too long|illegal characters?|message format) ',
  ],
  [
    'policy',
    'block',
    'policy',
    ' (?:polic(?:y|ies)|prohibit\\w*|administrative\\w*|access (?:is )?denied|restricted|restrictions?|moderat\\w+|permissions?|white ?list\\w*|allowed senders|must be a member|known senders|forbidden|not (?:allowed|permitted|authori[sz]ed|accepted)|unauthori[sz]ed|spam|junk|violat\\w+|security|firewall|filter\\w*|blocked|denied) ',
    { status: statuses => !has(1, 1)(statuses) || has(7)(statuses) },
  ],
  ...otherLanguages('policy'),
  [
    'refused mail',
    'block',
    'policy',
    ' (?:{MAIL} (?:\\S+ ){0,3}(?:refused|rejected|blocked|denied|not accepted)|(?:rejected|refused|blocked|denied) ~2{MAIL}|service refused?|will not accept) ',
  ],
  // The verdict of a rule that the server's own people wrote: only what follows can say whether the address is to blame.
  [
    'refused address, for who sends',
    'block',
    'policy',
    ' (?:recipients?|address|rcpt|user) (?:\\S+ )?(?:rejected|refused|denied) (?:\\S+ ){0,20}(?:you (?:are|have|were|sent|may|must|need)|your ~1(?:server|host|ip|mail|messages?|e ?mails?|domain|network|provider|isp|country|reputation|score)|senders?|sending|countr(?:y|ies)|geo\\w*|region|settings|preferences|score|(?:internal|external|outside) (?:mail|users?|only|domains?)|members?|penalty) ',
  ],
  [
    'refused address',
    'hard',
    'no_such_mailbox',
    // Nothing may follow but codes and what reports say behind every answer; hosts and addresses are gone by now.
    ' (?:(?:recipients?|address|rcpt|user) (?:\\S+ )?(?:rejected|refused|denied)|(?:rejected|refused) (?:\\S+ )?(?:recipients?|address|rcpt)) (?:(?:[^\\s\\d]*\\d\\S*|in reply to (?:\\S+ ){1,4}command|giving up on|by (?:\\S+ )?(?:server|host|system)|here|sorry|permanently|state) )*$',
    { onlyPermanent: true, status: lacks(7) },
  ],
  [
    'blame of a server',
    'block',
    'reputation',
    ' (?:ask|contact) your (?:\\S+ )?(?:postmaster|isp|internet service provider|hosting provider|server administrator) ',
  ],
  ['could not be verified', 'block', 'authentication', ' verification failed for(?! recipient) '],

  // What is left.
  ['later', 'soft', 'connection', ' (?:deferred|try again|try later|later) '],
  [
    'server',
    'soft',
    'system',
    ' (?:config\\w* error|system error|internal error|local error|unknown mailer error|service (?:\\S+ )?(?:unavailable|not available)|resources|server (?:\\S+ )?(?:busy|ports)|ports are busy|output file|create output|out of memory|queue unavailable|disk|i o error|loops) ',
  ],
  ...otherLanguages('connection'),
];

/**
 * What servers say, in the order in which it is tried; the first that matches decides. The order is the judgement: that
 * "sender unknown" is read before "unknown", and "blocked using" before any status.
 */
export const diagnosticRules: readonly DiagnosticRule[] = rows.map(row => {
  if (!Array.isArray(row)) return row;
  const [name, verdict, reason, pattern, more] = row;
  return { name, class: verdict, reason, pattern: patternOf(pattern), ...more };
});
