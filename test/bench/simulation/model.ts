/** What a campaign is sent with. Times in milliseconds. */
export interface Setup {
  messages: number;
  workers: number;
  /** Chunks a worker sends at the same time, and messages of each that are under way (SENDING_BATCH). */
  runners: number;
  batch: number;
  /** Connections to relays, of one worker; and the way there and back. */
  connections: number;
  rttMs: number;
  /** What the relay itself takes for a mail once it has it. */
  relayMs: number;
  /** One core of a worker for one message: rendering, encoding, SMTP, its part of the step's answer. */
  messageCpuMs: number;
  /** One core of PostgreSQL for the steps of a batch, of which there are two and a half: a part for them, and one for each message. */
  stepMs: number;
  stepMessageMs: number;
  /** Cores of PostgreSQL that steps may have. */
  databaseCores: number;
  freezeSecondsPerMillion: number;
  /** Share of the messages and quota a second (Infinity: none) of each lane. */
  lanes: readonly { share: number; perSecond: number }[];
}

/** The limits that a rate is the least of, in messages a second. */
export interface Limits {
  workers: number;
  database: number;
  connections: number;
  lanes: number;
}

/**
 * The closed formula of docs/scaling.md: T(N) = freeze + N / min(workers x rate, database, connections / (RTT + relay),
 * lane quotas). A mail needs two turns, envelope and text, each with an answer; its envelope travels with the text of the mail
 * before it, so that a connection carries one each turn.
 */
export function limitsOf(setup: Setup): Limits {
  const { workers, runners, batch, messageCpuMs, stepMs, stepMessageMs } = setup;
  const step = stepMs + batch * stepMessageMs;
  const turnMs = setup.rttMs + setup.relayMs;
  // A runner waits for its step, then for its batch; while it waits another one may have the core.
  const sending = Math.max(batch * messageCpuMs, (batch * turnMs) / setup.connections + turnMs + setup.rttMs);
  const byRunners = (runners * batch) / (step + sending);
  const byCore = 1 / messageCpuMs;
  return {
    workers: workers * Math.min(byRunners, byCore) * 1000,
    database: ((setup.databaseCores * batch) / step) * 1000,
    connections: turnMs === 0 ? Infinity : ((workers * setup.connections) / turnMs) * 1000,
    lanes: Math.min(...setup.lanes.map(({ share, perSecond }) => perSecond / share)),
  };
}

/** Seconds from the launch to the last settlement, by the formula. */
export function formula(setup: Setup): number {
  const rate = Math.min(...(Object.values(limitsOf(setup)) as number[]));
  return freezeSeconds(setup) + setup.messages / rate;
}

export function freezeSeconds({ messages, freezeSecondsPerMillion }: Setup): number {
  return (messages / 1e6) * freezeSecondsPerMillion;
}

/** What holds the rate down. */
export function bottleneck(setup: Setup): keyof Limits {
  const limits = Object.entries(limitsOf(setup)) as [keyof Limits, number][];
  return limits.reduce((least, limit) => (limit[1] < least[1] ? limit : least))[0];
}
