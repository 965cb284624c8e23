export const campaignStates = ['draft', 'scheduled', 'launched', 'cancelled', 'missed'] as const;
export type CampaignState = (typeof campaignStates)[number];

/** `missed`: its hour came too late, or it was not ready then. A missed campaign is edited and scheduled anew. */
const moves: Record<CampaignState, readonly CampaignState[]> = {
  draft: ['scheduled', 'launched', 'cancelled'],
  scheduled: ['draft', 'scheduled', 'launched', 'cancelled', 'missed'],
  launched: [],
  cancelled: [],
  missed: ['draft', 'scheduled', 'launched', 'cancelled'],
};

export function canMove(from: CampaignState, to: CampaignState): boolean {
  return moves[from].includes(to);
}

/** Whether what it sends may still be changed. */
export function isEditable(state: CampaignState): boolean {
  return state === 'draft' || state === 'missed';
}
