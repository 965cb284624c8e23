import { Inject, Injectable } from '@nestjs/common';
import { DomainError, formatId, type Locale, localize, parseId } from '#common';
import { CONFIG, type Config } from '#config';
import { type Sender, SendersService, type Topic } from '#consent';
import { type Form, FormsService, SignUpsService } from '#sign-ups';
import { type Form as PostedForm } from './form-body.js';
import { framedBy } from './framed-by.js';
import { type Page, PageRenderer } from './page-renderer.js';
import { noSoonerThan } from './same-answer.js';
import { senderName, senderView } from './sender-view.js';
import { SignUpStamps } from './sign-up-stamp.js';
import {
  checkFields,
  choiceValue,
  type FieldProblem,
  isSame,
  isTrapped,
  readFields,
  type SignUpFields,
  TRAP,
} from './sign-up-fields.js';
import { type Visitor } from './visitor.js';

interface Shown {
  form: Form;
  sender: Sender;
  locale: Locale;
}

/** A number has no letter to say which way it runs, and must not be broken over two lines. */
const PHONE_EXAMPLE = '\u2066+966\u00a050\u00a0123\u00a04567\u2069';

const nothingYet: SignUpFields = { email: '', firstName: '', phone: '', ticked: [] };

/**
 * The hosted form. A program is turned away without a riddle: by a field that people do not see, by a stamp that says
 * when the form was shown, and by a count for each network. It gets the answer a person gets, and nothing is recorded.
 */
@Injectable()
export class SignUpPage {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly forms: FormsService,
    private readonly signUps: SignUpsService,
    private readonly senders: SendersService,
    private readonly stamps: SignUpStamps,
    private readonly renderer: PageRenderer,
  ) {}

  /** null for an id that names no form. */
  async show(id: string, visitor: Visitor): Promise<Page | null> {
    const shown = await this.#find(id, visitor);
    if (!shown) return null;
    return shown.form.state === 'active' ? this.#form(shown, nothingYet) : this.#closed(shown);
  }

  async press(id: string, visitor: Visitor, posted: PostedForm): Promise<Page | null> {
    const shown = await this.#find(id, visitor);
    if (!shown) return null;
    if (shown.form.state !== 'active') return this.#closed(shown);
    if (!(await this.signUps.mayAsk(visitor.ip))) return this.#tooMany(shown);
    return noSoonerThan(() => this.#submit(shown, visitor, posted));
  }

  async #submit(shown: Shown, visitor: Visitor, posted: PostedForm): Promise<Page> {
    const fields = readFields(posted);
    if (isTrapped(posted)) return this.#sent(shown, fields.email);
    const stamp = this.stamps.read(shown.form.id, posted.one('stamp'));
    const seen = await this.#seen(shown, stamp.version ?? versionOf(posted));
    const { problems, ...kept } = checkFields(fields, seen.form.wording, await this.forms.offered(seen.form));
    // The stamp of a hasty press is kept: the next one finds it old enough.
    const again = stamp.state === 'good' || stamp.state === 'hasty' ? posted.one('stamp') : undefined;
    if (problems.length > 0) return this.#form(again ? seen : shown, fields, { problems, stamp: again });
    const isFromOwnSite =
      stamp.state === 'none' &&
      versionOf(posted) !== null &&
      shown.form.allowedOrigins.includes(visitor.origin ?? '');
    if (stamp.state !== 'good' && !isFromOwnSite) {
      return this.#form(again ? seen : shown, fields, { problems: [], stamp: again, pressAgain: true });
    }
    const strings = this.renderer.strings;
    await this.signUps.submit({
      ...{ ...kept, form: seen.form, locale: shown.locale, actor: 'public' },
      evidence: {
        ...{ ip: visitor.ip, userAgent: visitor.userAgent, method: 'checkbox' },
        source: `${this.config.publicUrl}/s/${formatId('form', shown.form.id)}`,
        ...(visitor.origin ? { more: { origin: visitor.origin.slice(0, 300) } } : {}),
      },
      frame: {
        version: strings.text(shown.locale, 'signUp.version'),
        closing: [
          strings.text(shown.locale, 'signUp.statement', { sender: senderName(shown.sender) }),
          `[${strings.text(shown.locale, 'signUp.button')}]`,
        ],
      },
    });
    return this.#sent(shown, kept.email ?? '');
  }

  /** The form as the person saw it: an older wording is still the one they agreed to. */
  async #seen(shown: Shown, version: number | null): Promise<Shown> {
    if (version === null || version === shown.form.version) return shown;
    const form = await orNull(this.forms.get(shown.form.id, version));
    return form ? { ...shown, form: { ...form, version } } : shown;
  }

  async #find(id: string, visitor: Visitor): Promise<Shown | null> {
    const form = await orNull((async () => this.forms.get(parseId('form', id)))());
    if (!form) return null;
    const sender = await this.senders.get(form.senderId);
    return { form, sender, locale: visitor.chosenLocale ?? visitor.browserLocale };
  }

  async #form(
    { form, sender, locale }: Shown,
    fields: SignUpFields,
    {
      problems = [],
      stamp,
      pressAgain = false,
    }: { problems?: FieldProblem[]; stamp?: string | undefined; pressAgain?: boolean } = {},
  ): Promise<Page> {
    const { wording } = form;
    const topics = await this.senders.topicsOf(sender.id);
    const data = {
      ...{ sender: senderView(sender), trap: TRAP, pressAgain, phoneExample: PHONE_EXAMPLE },
      heading: localize(wording.heading, locale),
      lead: localize(wording.lead, locale),
      incentive: wording.incentive ? localize(wording.incentive.name, locale) : null,
      stamp: stamp ?? this.stamps.make(form.id, form.version),
      fields,
      asks: wording.asks,
      problems: problems.map(problem => ({
        text: `signUp.problem.${problem}`,
        field: problem === 'phoneMissing' ? 'phone' : problem,
      })),
      wrong: Object.fromEntries(
        ['email', 'phone', 'choices'].map(field => [
          field,
          problems.some(problem => problem.startsWith(field)),
        ]),
      ),
      choices: (await this.forms.offered(form)).map(choice => ({
        value: choiceValue(choice),
        ticked: fields.ticked.some(other => isSame(choice, other)),
        consent: localize(choice.consent, locale),
        about: aboutOf(topics, choice.topicId, locale),
      })),
    };
    const page = this.renderer.render('sign-up', locale, data, problems.length > 0 ? 422 : 200);
    return framedBy(page, form.allowedOrigins);
  }

  /** The same for everybody: whether a mail really goes out is between us and the mailbox. */
  #sent({ form, sender, locale }: Shown, email: string): Page {
    const page = this.renderer.render('sign-up-sent', locale, { sender: senderView(sender), email });
    return framedBy(page, form.allowedOrigins);
  }

  #closed({ form, sender, locale }: Shown): Page {
    const data = { sender: senderView(sender), heading: 'signUp.closed.heading', lead: 'signUp.closed.lead' };
    return framedBy(this.renderer.render('problem', locale, data, 410), form.allowedOrigins);
  }

  #tooMany({ form, sender, locale }: Shown): Page {
    const data = { sender: senderView(sender), heading: 'signUp.many.heading', lead: 'signUp.many.lead' };
    return framedBy(this.renderer.render('problem', locale, data, 429), form.allowedOrigins);
  }
}

function aboutOf(topics: readonly Topic[], topicId: number, locale: Locale): string {
  const topic = topics.find(({ id }) => id === topicId);
  return topic ? localize(topic.description, locale) : '';
}

/** What a plain form on another site says it shows. */
function versionOf(posted: PostedForm): number | null {
  const version = posted.one('version');
  return version !== undefined && /^[1-9]\d{0,8}$/.test(version) ? Number(version) : null;
}

async function orNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'not_found') return null;
    throw error;
  }
}
