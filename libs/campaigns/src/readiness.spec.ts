import { messageClassOf, type Topic, topicPurposes } from '#consent';
import { type PromotionFault } from '#templates';
import { notReady } from './campaign.errors.js';
import { type CampaignParts, obstaclesToLaunch, sendsSms } from './readiness.js';

const topic = (purpose: Topic['purpose']): Topic => ({ purpose }) as Topic;
const parts = (more: Partial<CampaignParts>): CampaignParts => ({
  ...{ sender: null, requiredOfSender: [], topic: topic('marketing'), templateChosen: true },
  ...{ missingTemplateParts: [], isTagged: false, lacksPrice: false, promotions: [], others: [], ...more },
});

describe('a campaign', () => {
  it('puts tags that measure it into marketing alone', () => {
    const told = (purpose: Topic['purpose']): string[] =>
      obstaclesToLaunch(parts({ topic: topic(purpose), isTagged: true })).map(({ code }) => code);
    expect(told('marketing')).toEqual([]);
    expect(told('service')).toEqual(['UTM_FOR_MARKETING']);
    expect(told('transactional')).toEqual(['UTM_FOR_MARKETING']);
  });

  it('sends messages of its topic’s class; a topic of tracking has none', () => {
    expect(topicPurposes.map(purpose => messageClassOf(topic(purpose)))).toEqual([
      ...['marketing', 'service', 'transactional', null, null],
    ]);
  });

  it('is told everything that stands in its way at once', () => {
    const fault: PromotionFault = {
      ...{ locale: 'en', part: 'mjml', line: 12, code: 'DISCOUNT', words: '20% off' },
      message: '“20% off” promises a discount.',
    };
    const subject: PromotionFault = { ...fault, part: 'subject', line: undefined };
    const obstacles = obstaclesToLaunch(
      parts({ topic: null, missingTemplateParts: ['ar.subject'], promotions: [fault, subject] }),
    );
    expect(obstacles.map(({ path, code }) => [path, code])).toEqual([
      ['topicId', 'MISSING'],
      ['template.ar.subject', 'MISSING'],
      ['template.en.mjml:12', 'DISCOUNT'],
      ['template.en.subject', 'DISCOUNT'],
    ]);
    expect(notReady(obstacles).message).toBe(
      'The campaign lacks topicId, template.ar.subject. Fill these in and try again. ' +
        'template.en.mjml:12: “20% off” promises a discount. (and 1 more)',
    );
  });

  it('about a topic of tracking is not ready', () => {
    const obstacles = obstaclesToLaunch(parts({ topic: topic('open_tracking') }));
    expect(obstacles).toMatchObject([{ path: 'topicId', code: 'TOPIC_FOR_TRACKING' }]);
    expect(notReady(obstacles).message).toMatch(/^topicId: .*Choose a topic of messages\.$/);
  });

  it('with a budget that no price can be counted against is not ready', () => {
    const obstacles = obstaclesToLaunch(parts({ lacksPrice: true }));
    expect(obstacles).toMatchObject([{ path: 'budget', code: 'SMS_PRICE_MISSING' }]);
    expect(notReady(obstacles).message).toMatch(/^budget: .*Set prices/);
  });

  it('may go as SMS as a whole, or only to those whom email does not reach', () => {
    expect(sendsSms({ channel: 'sms', smsTemplateId: null })).toBe(true);
    expect(sendsSms({ channel: 'email', smsTemplateId: 3 })).toBe(true);
    expect(sendsSms({ channel: 'email', smsTemplateId: null })).toBe(false);
    expect(sendsSms({ channel: 'email', smsTemplateId: null })).toBe(false);
  });

  it('with nothing in its way is ready', () => {
    expect(obstaclesToLaunch(parts({}))).toEqual([]);
  });
});
