import { type MachineReason } from './machine.js';

/** Kinds of programs that ask for a link or a picture. What a program calls itself is not kept, for it may tell people apart. */
export const agents = [
  ...(['apple_mail_privacy', 'gmail_proxy', 'yahoo_proxy', 'scanner', 'none'] as const),
  ...([
    'outlook',
    'thunderbird',
    'apple_mail',
    'edge',
    'opera',
    'samsung',
    'firefox',
    'chrome',
    'safari',
  ] as const),
  'other',
] as const;
export type Agent = (typeof agents)[number];

/** As much of it is read; all patterns are of plain words, so this takes no time whatever is sent. */
const LONGEST = 1_000;

/**
 * Programs that look at links before, or instead of, a person: mail security, previews of chats, search engines, tools.
 * Those that pass for a browser are found by what they do (judge.ts).
 */
const scanners = new RegExp(
  [
    ...[
      'barracuda',
      'mimecast',
      'proofpoint',
      'urldefense',
      'safelinks',
      'symantec',
      'messagelabs',
      'trend ?micro',
    ],
    ...[
      'sophos',
      'forti(?:net|guard)',
      String.raw`\bcisco\b`,
      'ironport',
      'zscaler',
      'cloudmark',
      'forcepoint',
    ],
    ...[
      'trustwave',
      String.raw`\bvade\b`,
      'avanan',
      'checkpoint',
      'mcafee',
      'skyhigh',
      'kaspersky',
      String.raw`\beset\b`,
    ],
    ...[
      'bitdefender',
      'fireeye',
      'trellix',
      'virustotal',
      'urlscan',
      'phishtank',
      'netcraft',
      'linkcheck',
      'scanner',
    ],
    // A CUBOT is a telephone.
    ...[
      String.raw`(?<!cu)bot\b`,
      'crawl',
      'spider',
      'slurp',
      'preview',
      'facebookexternalhit',
      'whatsapp/',
      'embedly',
    ],
    ...[
      'headless',
      'phantomjs',
      'puppeteer',
      'playwright',
      'selenium',
      String.raw`\bcurl/`,
      String.raw`\bwget/`,
      'python',
    ],
    ...[
      'aiohttp',
      'httpx',
      'java/',
      'apache-httpclient',
      'okhttp',
      'go-http-client',
      'libwww',
      'ruby',
      'guzzle',
      'php/',
    ],
    ...['axios/', 'node-fetch', 'undici', '^node$', '^node/', '^dart/', 'powershell', 'winhttp', 'archiver'],
  ].join('|'),
  'i',
);

const kinds: readonly [pattern: RegExp, agent: Agent][] = [
  [/microsoft outlook|ms-office|outlook-/i, 'outlook'],
  [/thunderbird/i, 'thunderbird'],
  [/edg(?:e|a|ios)?\//i, 'edge'],
  [/opr\/|opera/i, 'opera'],
  [/samsungbrowser/i, 'samsung'],
  [/firefox\/|fxios\//i, 'firefox'],
  [/chrome\/|crios\/|chromium\//i, 'chrome'],
  [/version\/[^ ]* .*safari\//i, 'safari'],
  // Its mail program is Safari without saying so.
  [/applewebkit\/[^ ]* \(khtml, like gecko\)(?: mobile\/\w+)?$/i, 'apple_mail'],
];

/** Most people's browsers are a few hundred kinds; looking one up costs a tenth of reading it. */
const known = new Map<string, AgentKind>();
const MOST_KNOWN = 1_000;
const LONGEST_KNOWN = 300;

export interface AgentKind {
  agent: Agent;
  machine: MachineReason | null;
}

/** What kind of program asks, and why it is a machine where it says so by itself. */
export function agentOf(userAgent: string | undefined): AgentKind {
  if (userAgent === undefined || userAgent.length > LONGEST_KNOWN) return read(userAgent);
  let kind = known.get(userAgent);
  if (kind === undefined) {
    kind = read(userAgent);
    // Forgotten all at once: whoever sends a new one each time gains nothing by it.
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(userAgent, kind);
  }
  return kind;
}

function read(userAgent: string | undefined): AgentKind {
  const text = (userAgent ?? '').trim().slice(0, LONGEST);
  if (text === '') return { agent: 'none', machine: 'NO_AGENT' };
  // Apple's Mail Privacy Protection loads every picture, whether or not the mail is read, and says no more than this.
  if (text === 'Mozilla/5.0') return { agent: 'apple_mail_privacy', machine: 'APPLE_MAIL_PRIVACY' };
  if (/googleimageproxy/i.test(text)) return { agent: 'gmail_proxy', machine: 'IMAGE_PROXY' };
  if (/yahoomailproxy/i.test(text)) return { agent: 'yahoo_proxy', machine: 'IMAGE_PROXY' };
  if (scanners.test(text)) return { agent: 'scanner', machine: 'SCANNER' };
  return { agent: kinds.find(([pattern]) => pattern.test(text))?.[1] ?? 'other', machine: null };
}
