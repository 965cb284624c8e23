/** `layla@example.com` as `l•••@example.com`: enough to recognise a person one knows, not to write to them. */
export function maskedEmail(email: string | null): string | null {
  if (email === null) return null;
  const at = email.lastIndexOf('@');
  const [first = ''] = email;
  return `${first}•••${email.slice(at)}`;
}

/** `+966501234567` as `+966•••67`. */
export function maskedPhone(phone: string | null): string | null {
  return phone === null ? null : `${phone.slice(0, 4)}•••${phone.slice(-2)}`;
}
