import { Injectable } from '@nestjs/common';
import { TeamAddressesService } from '#consent';
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
    return address && this.#page(address.email, address.verified, visitor);
  }

  async press(token: string, visitor: Visitor): Promise<Page | null> {
    const address = await this.team.verify(token);
    return address && this.#page(address.email, true, visitor);
  }

  #page(email: string, confirmed: boolean, visitor: Visitor): Page {
    const name = confirmed ? 'confirmed' : 'confirm';
    return this.renderer.render('confirm', visitor.chosenLocale ?? visitor.browserLocale, {
      email,
      confirmed,
      heading: `${name}.heading`,
      lead: `${name}.lead`,
    });
  }
}
