import { Injectable } from '@nestjs/common';
import { type Page, PageRenderer } from './page-renderer.js';
import { senderView } from './sender-view.js';
import { type Visit } from './visits.service.js';

/** What whoever reads an old address finds in place of choices: nothing of the person, and one button that stops it all. */
@Injectable()
export class GonePage {
  constructor(private readonly renderer: PageRenderer) {}

  show({ locale, sender, token }: Visit): Page {
    return this.renderer.render('gone', locale, { token, sender: senderView(sender) });
  }
}
