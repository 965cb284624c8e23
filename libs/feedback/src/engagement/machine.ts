/** Why a machine is believed to have opened a mail or pressed a link. The first two lines are told by the request itself. */
export const machineReasons = [
  ...(['APPLE_MAIL_PRIVACY', 'IMAGE_PROXY', 'SCANNER', 'NO_AGENT', 'NOT_A_GET', 'LOADED_AHEAD'] as const),
  ...(['HIDDEN_LINK', 'TOO_SOON', 'BURST', 'EVERY_LINK'] as const),
] as const;
export type MachineReason = (typeof machineReasons)[number];

/** A click of one message, as it is judged. */
export interface JudgedClick {
  id: number;
  link: number;
  linkCount: number;
  occurredAt: Date;
  machine: MachineReason | null;
}

/** Scanners look before a mail is put into its mailbox; people take longer. */
const TOO_SOON_MS = 10_000;
/** So many links within so long, or all there are: nobody reads that fast. */
const BURST_LINKS = 3;
const AT_ONCE_MS = 2_000;
/** What is pressed this close to what only a machine does is believed to be the machine's. */
const NEAR_MS = 60_000;

/**
 * Which clicks of one message were a machine's, by all that is known of it; asked again with every click that comes, it may
 * take back what seemed a person's. Those that are flagged already stay as they are and count with the rest.
 * @param acceptedAt when the message was taken, as early as is known for certain not to be too early
 * @returns what is new, by the clicks' ids
 */
export function judge(clicks: readonly JudgedClick[], acceptedAt: Date | null): Map<number, MachineReason> {
  const sorted = clicks
    .map(click => ({ ...click, at: click.occurredAt.getTime() }))
    .sort((a, b) => a.at - b.at || a.id - b.id);
  const betrayals = [...hiddenLinks(sorted), ...bursts(sorted)].sort((a, b) => a.from - b.from);
  const soon = acceptedAt === null ? Infinity : acceptedAt.getTime() + TOO_SOON_MS;
  const found = new Map<number, MachineReason>();
  for (const { id, link, at, machine } of sorted) {
    if (machine !== null) continue;
    const reason =
      link === 0
        ? 'HIDDEN_LINK'
        : at < soon
          ? 'TOO_SOON'
          : betrayals.find(({ from, to }) => at >= from - NEAR_MS && at <= to + NEAR_MS)?.reason;
    if (reason) found.set(id, reason);
  }
  return found;
}

interface Betrayal {
  from: number;
  to: number;
  reason: MachineReason;
}

type Timed = JudgedClick & { at: number };

function hiddenLinks(clicks: readonly Timed[]): Betrayal[] {
  return clicks
    .filter(({ link }) => link === 0)
    .map(({ at }) => ({ from: at, to: at, reason: 'HIDDEN_LINK' as const }));
}

/** Stretches in which too many different links were pressed; a window moves over the clicks once. */
function bursts(clicks: readonly Timed[]): Betrayal[] {
  const found: Betrayal[] = [];
  const inside = new Map<number, number>();
  let first = 0;
  for (const { link, linkCount, at } of clicks) {
    inside.set(link, (inside.get(link) ?? 0) + 1);
    for (let oldest = clicks[first]; oldest && oldest.at < at - AT_ONCE_MS; oldest = clicks[++first]) {
      const left = (inside.get(oldest.link) ?? 1) - 1;
      if (left === 0) inside.delete(oldest.link);
      else inside.set(oldest.link, left);
    }
    const from = clicks[first]?.at ?? at;
    const seen = inside.size - (inside.has(0) ? 1 : 0);
    if (inside.size >= BURST_LINKS) found.push({ from, to: at, reason: 'BURST' });
    else if (linkCount > 1 && seen >= linkCount) found.push({ from, to: at, reason: 'EVERY_LINK' });
  }
  return found;
}
