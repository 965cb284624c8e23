import { type RateLimit } from '#access';

/** Sign-ups from one network. A school or an office signs up at its own pace; a program does not. */
export const SIGN_UPS_PER_NETWORK: RateLimit = {
  kind: 'sign-up-network',
  most: 20,
  windowMs: 10 * 60 * 1000,
};

/** Sign-ups with one address. Beyond it nothing is recorded and nothing is said, so that nobody learns of it. */
export const SIGN_UPS_PER_ADDRESS: RateLimit = {
  kind: 'sign-up-address',
  most: 5,
  windowMs: 24 * 60 * 60 * 1000,
};

/** The longest window there is: what began before it counts for nothing. */
export const LONGEST_WINDOW_MS = SIGN_UPS_PER_ADDRESS.windowMs;
