import { nameRelays } from './relay-names.js';
import { parseRelayUrl } from './relay-options.js';

const namesOf = (...urls: string[]): string[] =>
  nameRelays(urls.map(url => parseRelayUrl(url, 1))).map(({ name }) => name);

describe('the names of relays', () => {
  it('are their hosts', () => {
    expect(namesOf('smtp://one.example:25', 'smtp://two.example:25')).toEqual(['one.example', 'two.example']);
  });

  it('have the port where several share a host, and the others keep theirs', () => {
    expect(namesOf('smtp://one.example:25', 'smtp://two.example:25', 'smtp://one.example:2525')).toEqual([
      'one.example:25',
      'two.example',
      'one.example:2525',
    ]);
  });

  it('have a place where several share host and port', () => {
    const names = namesOf(
      'smtp://one:secret@mail.example:587',
      'smtp://two:secret@mail.example:587',
      'smtp://mail.example:25',
    );
    expect(names).toEqual(['mail.example:587#1', 'mail.example:587#2', 'mail.example:25']);
  });
});
