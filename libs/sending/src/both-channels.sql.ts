/**
 * Of somebody whom neither channel may reach, the reason that says more: email's, unless they have no email address at all.
 * @param email SQL of the gate's no by email
 * @param sms SQL of its no by SMS
 */
export function bothDenied(email: string, sms: string): string {
  return `CASE WHEN ${email} = 'NO_ADDRESS' THEN ${sms} ELSE ${email} END`;
}
