import { type SmsFault, smsFaultOf, smsFaults } from './sms-fault.js';

describe('an error code of the SMS provider', () => {
  it.each<[number, SmsFault]>([
    [21610, 'opted_out'],
    [21211, 'invalid'],
    [21614, 'invalid'],
    [21408, 'country'],
    [21612, 'sender'],
    [21606, 'sender'],
    [21703, 'sender'],
    [21617, 'text'],
    [20003, 'account'],
    [20429, 'later'],
    [21611, 'later'],
    [30001, 'later'],
    [30002, 'account'],
    [30003, 'unreachable'],
    [30004, 'blocked'],
    [30005, 'changed_hands'],
    [30006, 'invalid'],
    [30007, 'filtered'],
    [30008, 'unknown'],
    [30034, 'sender'],
    [30032, 'sender'],
  ])('%i is "%s"', (code, fault) => {
    expect(smsFaultOf(code)).toBe(fault);
  });

  it('that is new says nothing', () => {
    expect(smsFaultOf(29_999)).toBeNull();
    expect(smsFaultOf(NaN)).toBeNull();
  });

  it('has but one meaning', () => {
    const codes = Array.from({ length: 99_999 }, (_, code) => code).filter(code => smsFaultOf(code) !== null);
    expect(new Set(codes.map(smsFaultOf)).size).toBe(smsFaults.length);
  });
});
