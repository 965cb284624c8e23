import { parseDuration } from './duration.js';

describe('a duration', () => {
  it.each([
    ['PT1M', 60_000],
    ['PT90M', 5_400_000],
    ['P3D', 259_200_000],
    ['P1DT12H', 129_600_000],
    ['P2W', 1_209_600_000],
    ['P731D', 63_158_400_000],
  ])('%s is %i milliseconds', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each([
    '',
    'P',
    'PT',
    'P0D',
    'PT0M',
    'P1M',
    'P1Y',
    '-P1D',
    'P1D ',
    'p1d',
    'PT5S',
    'P732D',
    'P1.5D',
    'P9999D',
    'PT1MT1H',
    '3 days',
  ])('%p is none', text => expect(parseDuration(text)).toBeNull());
});
