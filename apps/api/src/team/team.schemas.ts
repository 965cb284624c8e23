import { z } from 'zod';
import { id, instant } from '../http/schemas.js';

export const inviteAddress = z
  .strictObject({
    email: z.email().max(254).toLowerCase().optional(),
    phone: z.string().max(40).optional().describe('E.164; it gets one SMS to confirm'),
    senderId: id('sender').describe('In whose name the message that asks to confirm comes'),
  })
  .refine(({ email, phone }) => (email === undefined) !== (phone === undefined), {
    message: 'Name an email or a phone, and not both.',
    path: ['email'],
  })
  .meta({ title: 'InviteTeamAddress' });
export type InviteAddress = z.infer<typeof inviteAddress>;

export const addressView = z
  .object({
    id: id('teamAddress'),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    createdAt: instant,
    verifiedAt: instant.nullable(),
  })
  .meta({ title: 'TeamAddress' });
export type AddressView = z.infer<typeof addressView>;

export const invitedView = addressView
  .extend({
    mail: z
      .enum(['accepted', 'rejected', 'deferred', 'unknown'])
      .describe('What became of the mail, or SMS, that asks to confirm'),
  })
  .meta({ title: 'InvitedTeamAddress' });
