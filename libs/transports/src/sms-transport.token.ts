/** Injection token of the way SMS leave (`SmsTransport`). */
export const SMS_TRANSPORT = Symbol('SMS_TRANSPORT');
