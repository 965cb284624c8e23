import { createRequire } from 'node:module';
import type twilio from 'twilio';
import { messagesOf } from './twiml.js';

/** Twilio's own writer of such answers. */
const { twiml } = createRequire(import.meta.url)('twilio') as typeof twilio;

describe('an answer in TwiML', () => {
  it.each([
    'مع السلامة: لن نراسلك بعد الآن.',
    'a < b && "c" > \'d\' ]]> &amp; <Message>x</Message>',
    '👋🏽 two\nlines',
  ])('says %j, as Twilio’s own library writes it', text => {
    const response = new twiml.MessagingResponse();
    response.message(text);
    response.message({ to: '+966501234567' }, '').body(text);
    expect(messagesOf(response.toString())).toEqual([text, text]);
  });

  it('may write a text as CDATA or with entities', () => {
    const answer =
      '<Response><Message method="POST"><Body><![CDATA[<b> &amp; ]]>c</Body><Media>https://a.example</Media></Message>' +
      '<Message>&#1571;&#x647;&#X644;&apos; &unknown; &#x110000; &#9999999;</Message></Response>';
    expect(messagesOf(answer)).toEqual(['<b> &amp; c', "أهل' &unknown; &#x110000; &#9999999;"]);
  });

  it.each([
    '',
    '<Response/>',
    '<Response><Message> </Message><Message/></Response>',
    '{"a":1}',
    '<Message>cut',
  ])('says nothing in %j', answer => {
    expect(messagesOf(answer)).toEqual([]);
  });

  it('is looked into no further than a conversation needs, and quickly', () => {
    expect(messagesOf('<Message>x</Message>'.repeat(10_000))).toHaveLength(10);
    const began = performance.now();
    expect(messagesOf('<Message>'.repeat(200_000))).toEqual([]);
    expect(performance.now() - began).toBeLessThan(2000);
  });
});
