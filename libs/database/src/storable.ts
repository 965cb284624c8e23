/**
 * Text from outside as PostgreSQL can keep it: it keeps neither NUL nor half a surrogate pair, and one such text would
 * sink all that is stored with it.
 */
export function storable(text: string): string {
  return text.replaceAll('\0', ' ').replace(/\p{Surrogate}/gu, '\ufffd');
}
