import { Injectable } from '@nestjs/common';
import { type TeamAddress, TeamAddressesService } from '#consent';
import { type Page, PageRenderer } from './page-renderer.js';
import { type Visitor } from './visitor.js';

/** Where somebody of the team says that an address is theirs. Opening it confirms nothing: mail scanners open links. */
@Injectable()
export class ConfirmationPage {
  constructor(
    private readonly team: TeamAddressesService,
    private readonly renderer: PageRenderer,
  ) {}

  /** null for a link that names no address. */
  async show(token: string, visitor: Visitor): Promise<Page | null> {
    const address = await this.team.peek(token);
    return address && this.#page(address, address.verified, visitor);
  }

  async press(token: string, visitor: Visitor): Promise<Page | null> {
    const address = await this.team.verify(token);
    return address && this.#page(address, true, visitor);
  }

  #page(
    { channel, address }: Pick<TeamAddress, 'channel' | 'address'>,
    confirmed: boolean,
    visitor: Visitor,
  ): Page {
    const name = confirmed ? 'confirmed' : 'confirm';
    const heading = !confirmed && channel === 'sms' ? 'confirm.phone' : `${name}.heading`;
    return this.renderer.render('confirm', visitor.chosenLocale ?? visitor.browserLocale, {
      ...{ address, confirmed, heading },
      lead: `${name}.lead`,
    });
  }
}
