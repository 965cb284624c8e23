/** The longest answer that is looked into; an SMS of 1,600 characters, every one of them written as an entity, fits. */
const LONGEST = 16 * 1024;
const MOST = 10;

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** What an answer in Twilio's Markup Language (TwiML) says in return: the text of each `<Message>`, empty ones left out. */
export function messagesOf(twiml: string): string[] {
  const messages = twiml.slice(0, LONGEST).matchAll(/<Message(?:\s[^>]*)?>([\s\S]*?)<\/Message\s*>/g);
  return [...messages]
    .slice(0, MOST)
    .map(([, inside = '']) => textOf(/<Body(?:\s[^>]*)?>([\s\S]*?)<\/Body\s*>/.exec(inside)?.[1] ?? inside))
    .filter(text => text.trim() !== '');
}

/** The characters of some XML: those of CDATA as they stand, the others without elements and with entities read. */
function textOf(xml: string): string {
  return xml
    .split(/<!\[CDATA\[([\s\S]*?)\]\]>/)
    .map((piece, at) => (at % 2 === 1 ? piece : unescaped(piece.replace(/<[^>]*>/g, ''))))
    .join('');
}

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{1,8}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return named[String(name)] ?? whole;
    const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
    return code > 0x10ffff ? whole : String.fromCodePoint(code);
  });
}
