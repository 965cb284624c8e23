import { loggedError } from './logger.js';

describe('what is logged of an error', () => {
  it('tells what happened and where, without the values of a query or an address', () => {
    const cause = new Error('550 <mona@example.com>: no such user');
    const error = Object.assign(new Error('duplicate key of mona@example.com', { cause }), {
      code: '23505',
      constraint: 'contact_email_key',
      detail: 'Key (email)=(mona@example.com) already exists.',
      parameters: ['mona@example.com', '+966501234567'],
    });
    const logged = loggedError(error);
    expect(logged).toMatchObject({ type: 'Error', code: '23505', constraint: 'contact_email_key' });
    expect(JSON.stringify(logged)).toContain('no such user');
    expect(JSON.stringify(logged)).not.toMatch(/mona|\+966/);
  });

  it('takes what is no error', () => {
    expect(loggedError('mona@example.com')).toEqual({ type: 'string' });
  });
});
