/** The account of the SMS API's stand-in. */
export const TEST_ACCOUNT = { accountSid: `AC${'1'.repeat(32)}`, authToken: 'token-of-the-tests' };
