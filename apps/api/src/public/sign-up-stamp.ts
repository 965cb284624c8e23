import { Injectable } from '@nestjs/common';
import { Clock, decodeVarints, encodeVarints, TokenSigner } from '#common';

const PURPOSE = 'sign-up-form';
/** Nobody reads a form and fills it in faster than this. */
const FASTEST_MS = 2000;
/** A page that was left open longer is shown anew. */
const OLDEST_MS = 24 * 60 * 60 * 1000;

/** What a posted form says of the page it was on; `null` version: it says nothing we signed. */
export interface StampReading {
  state: 'good' | 'hasty' | 'stale' | 'none';
  /** The version of the wording that was shown. */
  version: number | null;
}

/** A signed note in the form: which wording was shown, and when. It replaces a captcha: programs are hasty or keep forms for days. */
@Injectable()
export class SignUpStamps {
  constructor(
    private readonly signer: TokenSigner,
    private readonly clock: Clock,
  ) {}

  make(formId: number, version: number): string {
    return this.signer.sign(PURPOSE, encodeVarints([formId, version, this.clock.now().getTime()]));
  }

  read(formId: number, stamp: string | undefined): StampReading {
    const payload = stamp === undefined ? null : this.signer.verify(PURPOSE, stamp);
    const decoded = payload && decodeVarints(payload, 3);
    const [ofForm, version = null, shownAt = 0] = decoded?.values ?? [];
    if (ofForm !== formId || version === null) return { state: 'none', version: null };
    const age = this.clock.now().getTime() - shownAt;
    if (age < FASTEST_MS) return { state: 'hasty', version };
    return { state: age > OLDEST_MS ? 'stale' : 'good', version };
  }
}
