import { type Channel } from '#common';

/**
 * Injection token of the channels that messages can leave by (`ServedChannels`). Whoever offers people a channel asks
 * here first, and nowhere else: without a transport a box to tick would be a promise that nobody keeps.
 */
export const SERVED_CHANNELS = Symbol('SERVED_CHANNELS');

export type ServedChannels = readonly Channel[];
