import { linkify, withBlankTarget } from './inbox-view.js';

describe('the text of a mail', () => {
  it('is cut at its web addresses, without the punctuation behind them', () => {
    expect(linkify('See https://a.example/x?y=1. وأيضا http://b.example، شكرا')).toEqual([
      { text: 'See ', url: null },
      { text: 'https://a.example/x?y=1', url: 'https://a.example/x?y=1' },
      { text: '. وأيضا ', url: null },
      { text: 'http://b.example', url: 'http://b.example' },
      { text: '، شكرا', url: null },
    ]);
  });

  it('makes no link of anything but http and https', () => {
    expect(linkify('javascript:alert(1) data:text/html,x').every(part => part.url === null)).toBe(true);
  });

  it('loses nothing', () => {
    const text = 'x https://a.example<https://b.example>"https://c.example"\n)(';
    expect(
      linkify(text)
        .map(part => part.text)
        .join(''),
    ).toBe(text);
  });
});

describe('the HTML of a mail', () => {
  it.each([
    [
      '<!doctype html><html><head lang="x"><title>a',
      '<!doctype html><html><head lang="x"><base target="_blank"><title>a',
    ],
    ['<!DOCTYPE html><p>a', '<!DOCTYPE html><base target="_blank"><p>a'],
    ['<header>a</header>', '<base target="_blank"><header>a</header>'],
    ['', '<base target="_blank">'],
  ])('%s opens its links in tabs', (html, expected) => {
    expect(withBlankTarget(html)).toBe(expected);
  });
});
