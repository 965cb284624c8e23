/** Times two things turn by turn, so that whatever else the machine does meets both. One untimed turn first. */
export async function pairs(
  rounds: number,
  a: () => Promise<unknown>,
  b: () => Promise<unknown>,
): Promise<[aMs: number, bMs: number][]> {
  return (await turns(rounds, [a, b])) as [number, number][];
}

/**
 * The same for any number of things. Each round begins with another of them.
 * @returns milliseconds, a row a round, a column a thing.
 */
export async function turns(
  rounds: number,
  things: (() => Promise<unknown>)[],
  onTime: (round: number, thing: number, ms: number) => void = () => undefined,
): Promise<number[][]> {
  for (const thing of things) await thing();
  const times: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    const row: number[] = [];
    for (let turn = 0; turn < things.length; turn++) {
      const at = (round + turn) % things.length;
      const ms = await milliseconds(things[at] as () => Promise<unknown>);
      row[at] = ms;
      onTime(round + 1, at, ms);
    }
    times.push(row);
  }
  return times;
}

export async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** What pairs amount to: medians in milliseconds, and how many times `b` takes as long as `a`, at least and at most. */
export function compared(times: readonly [number, number][]): {
  ratio: number;
  spread: [number, number];
  aMs: number;
  bMs: number;
} {
  const ratios = times.map(([a, b]) => b / a);
  const rounded = (ratio: number): number => Number(ratio.toFixed(2));
  return {
    ratio: rounded(median(ratios)),
    spread: [rounded(Math.min(...ratios)), rounded(Math.max(...ratios))],
    aMs: Math.round(median(times.map(([a]) => a))),
    bMs: Math.round(median(times.map(([, b]) => b))),
  };
}
