import { z } from 'zod';
import { id, instant } from '../http/schemas.js';

export const inviteAddress = z
  .strictObject({
    email: z.email().max(254).toLowerCase(),
    senderId: id('sender').describe('In whose name the confirmation mail comes'),
  })
  .meta({ title: 'InviteTeamAddress' });
export type InviteAddress = z.infer<typeof inviteAddress>;

export const addressView = z
  .object({ id: id('teamAddress'), email: z.string(), createdAt: instant, verifiedAt: instant.nullable() })
  .meta({ title: 'TeamAddress' });
export type AddressView = z.infer<typeof addressView>;

export const invitedView = addressView
  .extend({
    mail: z
      .enum(['accepted', 'rejected', 'deferred', 'unknown'])
      .describe('What became of the confirmation mail'),
  })
  .meta({ title: 'InvitedTeamAddress' });
