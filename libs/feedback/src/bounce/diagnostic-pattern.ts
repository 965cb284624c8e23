import { type EnhancedStatus } from './enhanced-status.js';

/** Whether one of the statuses has this subject, and one of these details if any are named. */
export const has =
  (subject: number, ...details: number[]) =>
  (statuses: readonly EnhancedStatus[]): boolean =>
    statuses.some(
      status => status.subject === subject && (details.length === 0 || details.includes(status.detail)),
    );

export const lacks =
  (subject: number) =>
  (statuses: readonly EnhancedStatus[]): boolean =>
    !statuses.some(status => status.subject === subject);

/** Parts of patterns, written `{NAME}`. `~3` is a gap of up to three words. */
const parts: Readonly<Record<string, string>> = {
  // Where mail is for.
  WHO: '(?:users?|recipients?|recips?|mailbox(?:es)?|mail ?box(?:es)?|accounts?|addressee|address(?:es)?|inbox|alias(?:es)?|rcpt|local ?part|person|customer|subscriber|login|destination|user ?id|user ?name)',
  // That it is not there.
  GONE: '(?:unknown|not found|not known|(?:does|dos|do|did)(?: not|nt|n t| no) exists?|(?:is|was|are)(?: not|nt|n t) (?:exist\\w*|found|known|valid|recognized|recognised|listed|registered|a valid|an? known|active|local|hosted|defined)|not (?:exist\\w*|local|valid|listed|recognized|recognised|registered|a valid|known|defined|hosted)|not in use|no longer (?:exist\\w*|valid|in use|available|accepts?|works?|used|employed|active|on|with|at|here)|non ?exist[ea]nt|nonexistent|never existed|invalid|unrouteable|unroutable|undeliverable|(?:can(?:not|t| not)|could(?: not|nt)) be (?:found|verified|resolved|located|identified)|misspelled|unrecogni[sz]ed)',
  NO_SUCH:
    '(?:unknown(?: or illegal| or invalid)?|invalid(?: or unknown)?|illegal|no such|non ?exist[ea]nt|nonexistent|undeliverable|unrouteable|unroutable|unrecogni[sz]ed|wrong|bad|incorrect|(?:not|isnt) an? (?:valid|existing|known|active)|not valid)',
  // That it is closed.
  SHUT: '(?:disabled|deactivated|de activated|suspended|inactive|closed|terminated|locked|expired|discontinued|deleted|removed|cancell?ed|frozen|archived|dormant|abandoned|retired|hangup|unsubscribed|forbid(?:d?en|d?ed))',
  // What was sent.
  MAIL: '(?:messages?|mails?|e ?mails?|content|letter)',
  // Who sent it.
  FROM: '(?:sender|senders|envelope sender|return path|mail from|envelope from|from address|sending domain|sender domain|originator)',
  LIST: '(?:dnsbl|rbls?|black ?list\\w*|block ?list\\w*|deny ?list\\w*|spamhaus|spam ?cop|sorbs|uceprotect|senderbase|sender ?score|sbrs|xbl|pbl|sbl|cbl|spam ?list)',
};

/** The pattern that a source in these parts stands for; over words as `readDiagnostic` gives them. */
export const patternOf = (source: string): RegExp =>
  new RegExp(
    source
      .replace(/\{([A-Z_]+)\}/g, (_, name: string) => parts[name] ?? name)
      .replace(/~(\d)/g, '(?:\\S+ ){0,$1}'),
    'u',
  );
