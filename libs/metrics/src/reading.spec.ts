import { Reading } from './reading.js';

describe('figures that are slow to find', () => {
  it('make nobody wait longer than a limit, and are not asked for twice at a time', async () => {
    let asked = 0;
    let answer: (figure: number) => void = () => undefined;
    const slow = (): Promise<number> => {
      asked++;
      return new Promise(resolve => (answer = resolve));
    };
    const reading = new Reading(60_000, slow, () => undefined, 20);
    expect(await Promise.all([reading.get(), reading.get()])).toEqual([null, null]);
    expect(await reading.get()).toBeNull();
    expect(asked).toBe(1);
    answer(42);
    expect(await reading.get()).toBe(42);
    expect(asked).toBe(1);
  });

  it('that could not be found are not asked for again at once', async () => {
    let asked = 0;
    const reading = new Reading(
      60_000,
      () => {
        asked++;
        throw new Error('away');
      },
      () => undefined,
    );
    expect(await reading.get()).toBeNull();
    expect(await reading.get()).toBeNull();
    expect(asked).toBe(1);
  });
});
