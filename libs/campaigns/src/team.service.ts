import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '#common';
import { CONFIG, type Config } from '#config';
import { SendersService, type TeamAddress, TeamAddressesService } from '#consent';
import { SingleTexts } from '#sending';
import { EMAIL_TRANSPORT, type EmailTransport, type Outcome } from '#transports';
import { notReady } from './campaign.errors.js';
import { verificationMail, verificationText } from './team-verification.js';

/** Invites a member of the team to receive test sends. */
@Injectable()
export class TeamService {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(EMAIL_TRANSPORT) private readonly transport: EmailTransport,
    private readonly addresses: TeamAddressesService,
    private readonly senders: SendersService,
    private readonly texts: SingleTexts,
    private readonly clock: Clock,
  ) {}

  /**
   * Invites a phone. The SMS goes under the limits of all that go by themselves; what they keep back is `deferred`, and is not
   * tried again.
   * @throws DomainError TEAM_ADDRESS_EXISTS, SENDER_NOT_FOUND
   */
  async invitePhone(
    phone: string,
    senderId: number,
    actor: string,
  ): Promise<{ address: TeamAddress; outcome: Pick<Outcome, 'state'> }> {
    const sender = await this.senders.get(senderId);
    const { address, token, grant } = await this.addresses.add(phone, actor, 'sms');
    const text = verificationText(sender, `${this.config.publicUrl}/v/${token}`);
    const outcome = await this.texts.sendNow({ sender, text, grant, validUntil: null });
    return { address, outcome };
  }

  /** @throws DomainError TEAM_ADDRESS_EXISTS, SENDER_NOT_FOUND, CAMPAIGN_NOT_READY without a from-address */
  async invite(
    email: string,
    senderId: number,
    actor: string,
  ): Promise<{ address: TeamAddress; outcome: Outcome }> {
    const sender = await this.senders.get(senderId);
    if (!sender.fromEmail) {
      throw notReady([
        { path: 'sender.fromEmail', code: 'MISSING', message: 'The mail needs an address to come from.' },
      ]);
    }
    const { address, token, grant } = await this.addresses.add(email, actor);
    const domain = sender.fromEmail.slice(sender.fromEmail.lastIndexOf('@') + 1);
    const mail = verificationMail(
      sender,
      email,
      `${this.config.publicUrl}/v/${token}`,
      `<${randomUUID()}@${domain}>`,
      this.clock.now(),
    );
    return { address, outcome: await this.transport.send(mail, grant) };
  }
}
