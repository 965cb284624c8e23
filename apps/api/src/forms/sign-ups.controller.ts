import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { DomainError, formatId, parseId } from '#common';
import { SendersService } from '#consent';
import { normalizeEmail, normalizePhone } from '#contacts';
import { FormsService, SignUpsService, tooManySignUps } from '#sign-ups';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { noSoonerThan } from '../public/same-answer.js';
import { signUp, type SignUp, signUpView, type SignUpView } from './sign-ups.schemas.js';

@ApiTags('sign-up forms')
@ApiBearerAuth()
@Controller('v1/sign-ups')
export class SignUpsController {
  constructor(
    private readonly signUps: SignUpsService,
    private readonly forms: FormsService,
    private readonly senders: SendersService,
  ) {}

  @Post()
  @HttpCode(202)
  @RequireScope('sign-ups:write')
  @ApiOperation({
    summary:
      'Sign somebody up from your own form; they are asked by mail, and nothing is granted before they confirm',
    description:
      'The answer is the same for everybody: known or not, subscribed or not, or when the address signed up too often.',
  })
  @ApiResponse({ status: 202, standardSchema: signUpView })
  async signUp(@Body({ schema: signUp }) body: SignUp, @Actor() actor: string): Promise<SignUpView> {
    const email = read(body.email, 'email', 'EMAIL_INVALID', normalizeEmail);
    const phone = read(body.phone, 'phone', 'PHONE_INVALID', text => normalizePhone(text, null));
    const form = await this.forms.get(parseId('form', body.formId), body.formVersion);
    const sender = await this.senders.get(form.senderId);
    const given: Parameters<SignUpsService['submit']>[0] = {
      form: { ...form, version: body.formVersion ?? form.version },
      ...{ email, phone, firstName: body.firstName ?? null, actor, frame: null },
      choices: body.choices.map(({ topicId, channel }) => ({ topicId: parseId('topic', topicId), channel })),
      locale: body.locale ?? sender.defaultLocale,
      evidence: {
        ...{ ip: body.ip, userAgent: body.userAgent, method: 'sign_up_api' },
        source: body.sourceUrl ?? formatId('form', form.id),
      },
    };
    this.signUps.check(given);
    if (body.ip !== undefined && !(await this.signUps.mayAsk(body.ip))) throw tooManySignUps();
    await noSoonerThan(() => this.signUps.submit(given));
    return { received: true };
  }
}

function read(
  text: string | undefined,
  path: 'email' | 'phone',
  code: string,
  normalize: (text: string) => string | null,
): string | null {
  if (text === undefined) return null;
  const value = normalize(text);
  if (value !== null) return value;
  const message = `This ${path} cannot be read as one. Ask the person for it again.`;
  throw new DomainError({ kind: 'invalid', code, message, details: [{ path, code, message }] });
}
