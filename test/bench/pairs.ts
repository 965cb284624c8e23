/** Times two things turn by turn, so that whatever else the machine does meets both. One untimed turn first. */
export async function pairs(
  rounds: number,
  a: () => Promise<unknown>,
  b: () => Promise<unknown>,
): Promise<[aMs: number, bMs: number][]> {
  await a();
  await b();
  const times: [number, number][] = [];
  for (let round = 0; round < rounds; round++) {
    const isTurned = round % 2 === 1;
    const first = await milliseconds(isTurned ? b : a);
    const second = await milliseconds(isTurned ? a : b);
    times.push(isTurned ? [second, first] : [first, second]);
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
