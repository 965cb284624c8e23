/**
 * The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038 sections 6.2.1 and 6.2.1.1). A character of the
 * basic table takes one septet; one of the extension table two, for it follows an escape. Anything else, one curly quote or
 * one Arabic letter, turns the whole message into UCS-2.
 */
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENSION = '\f^{}\\[~]|€';

const septets = new Map<string, 1 | 2>([
  ...[...BASIC].map(character => [character, 1] as const),
  ...[...EXTENSION].map(character => [character, 2] as const),
]);

/** Septets that a character takes; 0: GSM-7 does not have it. */
export function septetsOf(character: string): 0 | 1 | 2 {
  return septets.get(character) ?? 0;
}
