import fc from 'fast-check';
import { agentOf, agents } from './agent.js';

const webkit = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';

describe('the kind of program that asks', () => {
  it.each([
    ['Mozilla/5.0', 'apple_mail_privacy', 'APPLE_MAIL_PRIVACY'],
    [
      'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)',
      'gmail_proxy',
      'IMAGE_PROXY',
    ],
    [
      'YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html',
      'yahoo_proxy',
      'IMAGE_PROXY',
    ],
    ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'scanner', 'SCANNER'],
    ['Mozilla/5.0 (Windows NT 10.0) BarracudaCentral', 'scanner', 'SCANNER'],
    ['Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/142.0', 'scanner', 'SCANNER'],
    ['python-requests/2.32', 'scanner', 'SCANNER'],
    ['curl/8.5.0', 'scanner', 'SCANNER'],
    ['Go-http-client/1.1', 'scanner', 'SCANNER'],
    ['node', 'scanner', 'SCANNER'],
    ['WhatsApp/2.23', 'scanner', 'SCANNER'],
    ['', 'none', 'NO_AGENT'],
    ['   ', 'none', 'NO_AGENT'],
    [undefined, 'none', 'NO_AGENT'],
  ])('is a machine by its own word: %s', (userAgent, agent, machine) => {
    expect(agentOf(userAgent)).toEqual({ agent, machine });
  });

  it.each([
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
      'chrome',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36 Edg/142.0',
      'edge',
    ],
    [
      `Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) ${webkit} Version/18.1 Mobile/15E148 Safari/604.1`,
      'safari',
    ],
    [`Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) ${webkit} Mobile/15E148`, 'apple_mail'],
    [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${webkit}`, 'apple_mail'],
    [`Mozilla/5.0 (iPhone) ${webkit} CriOS/142.0 Mobile/15E148 Safari/604.1`, 'chrome'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0', 'firefox'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.0', 'thunderbird'],
    ['Mozilla/4.0 (compatible; ms-office; MSOffice 16)', 'outlook'],
    [
      'Mozilla/5.0 (Linux; Android 12; CUBOT NOTE 21) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36',
      'chrome',
    ],
    [
      'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36',
      'samsung',
    ],
    ['Something of somebody', 'other'],
  ])('is no machine by its own word: %s', (userAgent, agent) => {
    expect(agentOf(userAgent)).toEqual({ agent, machine: null });
  });

  it('is one of a few words, whatever is sent, and found in no time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(agents).toContain(agentOf(text).agent);
      }),
    );
    const began = performance.now();
    for (const one of ['A', ' ', '(', 'bot', 'version/1 ', 'applewebkit/ (khtml, like gecko)', '\u0000', 'ت'])
      agentOf(one.repeat(1_000_000));
    expect(performance.now() - began).toBeLessThan(500);
  });
});
