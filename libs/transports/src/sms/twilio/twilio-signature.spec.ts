import fc from 'fast-check';
import { isSigned, signRequest } from './twilio-signature.js';

const URL = 'https://mycompany.com/myapp.php?foo=1&bar=2';
const fields = {
  CallSid: 'CA1234567890ABCDE',
  Caller: '+14158675309',
  Digits: '1234',
  From: '+14158675309',
  To: '+18005551212',
};

/** The vectors are those that Twilio publishes with its helper libraries. */
describe('the signature of a call by Twilio', () => {
  it('is the one that Twilio publishes for its example, with the port and without', () => {
    expect(signRequest('12345', URL, fields)).toBe('RSOYDt4T1cUTdK1PDd93/VVr8B8=');
    const withPort = 'https://mycompany.com:443/myapp.php?foo=1&bar=2';
    expect(signRequest('12345', withPort, fields)).toBe('kvajT1Ptam85bY51eRf/AJRuM3w=');
  });

  it.each([
    ['as it is', URL, 'RSOYDt4T1cUTdK1PDd93/VVr8B8='],
    ['signed with the port, told without', URL, 'kvajT1Ptam85bY51eRf/AJRuM3w='],
    [
      'signed without the port, told with it',
      'https://mycompany.com:443/myapp.php?foo=1&bar=2',
      'RSOYDt4T1cUTdK1PDd93/VVr8B8=',
    ],
  ])('is taken, %s', (_, url, signature) => {
    expect(isSigned('12345', signature, url, fields)).toBe(true);
  });

  it('of a JSON call is over the address alone, in which the body’s hash stands', () => {
    const body = '{"property": "value", "boolean": true}';
    const url = `${URL}&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620`;
    const signature = 'a9nBmqA0ju/hNViExpshrM61xv4=';
    expect(isSigned('12345', signature, url, {}, body)).toBe(true);
    // Fields of a form beside it are not signed, and do not count.
    expect(isSigned('12345', signature, url, { From: 'x' }, body)).toBe(true);
    expect(isSigned('12345', signature, url, {}, `${body} `)).toBe(false);
    expect(isSigned('12345', signature, url, {})).toBe(false);
  });

  it('is taken for an address whose query was encoded anew on its way', () => {
    for (const [signed, told] of [
      ['https://a.example/h?n=O%27Hara', "https://a.example/h?n=O'Hara"],
      ['https://a.example/h?n=a%20b', 'https://a.example/h?n=a+b'],
    ] as const) {
      expect(isSigned('t', signRequest('t', signed, {}), told, {})).toBe(true);
    }
  });

  it('is not taken for what is no address, or when there is none', () => {
    expect(isSigned('12345', 'RSOYDt4T1cUTdK1PDd93/VVr8B8=', '/myapp.php', fields)).toBe(false);
    expect(isSigned('12345', undefined, URL, fields)).toBe(false);
  });

  it('takes each value of a field once, in order', () => {
    const once = signRequest('t', 'https://a.example/', { Media: ['b', 'a'] });
    expect(signRequest('t', 'https://a.example/', { Media: ['a', 'b', 'b'] })).toBe(once);
  });

  it('is not taken when anything was changed', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1 }), fc.string(), { minKeys: 1, maxKeys: 5 }),
        fc.nat(),
        fc.string({ minLength: 1 }),
        (form, at, more) => {
          const signature = signRequest('secret', URL, form);
          expect(isSigned('secret', signature, URL, form)).toBe(true);
          const names = Object.keys(form);
          const name = names[at % names.length] as string;
          expect(isSigned('secret', signature, URL, { ...form, [name]: form[name] + more })).toBe(false);
          expect(isSigned(`secret${more}`, signature, URL, form)).toBe(false);
          expect(isSigned('secret', signature, `${URL}&x=1`, form)).toBe(false);
        },
      ),
    );
    for (const signature of ['', 'RSOYDt4T1cUTdK1PDd93/VVr8B8', 'ÿ'.repeat(28)]) {
      expect(isSigned('12345', signature, URL, fields)).toBe(false);
    }
  });
});
