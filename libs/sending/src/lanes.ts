/** Every lane there is; which address travels in which says address_lane (migration 13). */
export const lanes = ['other', 'sms', 'google', 'microsoft', 'yahoo', 'apple'] as const;
