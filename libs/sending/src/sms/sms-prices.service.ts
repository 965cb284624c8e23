import { Inject, Injectable } from '@nestjs/common';
import { AuditTrail } from '#access';
import { Clock, DomainError, type ErrorDetail, formatAmount } from '#common';
import { CONFIG, type Config } from '#config';
import { Database } from '#database';
import { keyOf, type SmsPrice, SmsPrices } from './sms-price.js';
import { SmsPriceRepository } from './sms-price.repository.js';
import { kindOfSource, LONGEST_NAME } from './sms-source.js';

/** How long prices that another process wrote may be overlooked here. */
const PRICES_AGE_MS = 60_000;

/** What parts of SMS cost, in the installation's currency. */
@Injectable()
export class SmsPricesService {
  #kept: SmsPrices | null = null;
  #readAt = 0;
  #generation = 0;

  constructor(
    private readonly db: Database,
    private readonly repository: SmsPriceRepository,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** What prices and budgets are counted in, as in USD. */
  get currency(): string {
    return this.config.SMS_CURRENCY;
  }

  all(): Promise<SmsPrice[]> {
    return this.repository.all();
  }

  /** The prices of this moment from memory, for whoever asks about one message after another. */
  async now(): Promise<SmsPrices> {
    const now = this.clock.now().getTime();
    if (this.#kept && Math.abs(now - this.#readAt) < PRICES_AGE_MS) return this.#kept;
    const generation = this.#generation;
    const read = new SmsPrices(await this.repository.all());
    // Read before somebody's commit and finished after it: good for this answer, too old to keep.
    if (generation === this.#generation) {
      this.#kept = read;
      this.#readAt = now;
    }
    return read;
  }

  /**
   * Sets all prices; no others remain. What was spent already stays as it was counted.
   * @throws DomainError SMS_PRICES_INVALID telling what is wrong with each
   */
  async replace(currency: string, prices: readonly SmsPrice[], actor: string): Promise<SmsPrice[]> {
    const faults = [...currencyFaults(currency, this.currency), ...faultsOf(prices)];
    if (faults.length > 0) throw invalid(faults);
    await this.db.transaction(async () => {
      await this.repository.replace(prices);
      const detail = prices.map(({ country, micros }) => ({ country, price: formatAmount(micros) }));
      await this.audit.record(actor, 'sms-prices.set', 'account', { currency, prices: detail });
    });
    this.#generation += 1;
    this.#kept = null;
    return this.repository.all();
  }
}

/** What is wrong with the currency of a request: there is one for all of an installation. */
export function currencyFaults(currency: string, ours: string, path = 'currency'): ErrorDetail[] {
  const message = `Money is counted in ${ours} here (SMS_CURRENCY). Give the amounts in ${ours}.`;
  return currency === ours ? [] : [{ path, code: 'WRONG_CURRENCY', message }];
}

function faultsOf(prices: readonly SmsPrice[]): ErrorDetail[] {
  const seen = new Set<string>();
  return prices.flatMap(({ country, source }, at) => {
    const faults: ErrorDetail[] = [];
    const key = keyOf(country, source);
    if (seen.has(key)) {
      const message = 'This country and source have a price already; name each pair once.';
      faults.push({ path: `prices.${at}`, code: 'REPEATED', message });
    }
    seen.add(key);
    if (source !== null && kindOfSource(source) === null) {
      const message = `It is neither a number (+15005550006), a Messaging Service (MG…) nor a name of up to ${LONGEST_NAME} characters.`;
      faults.push({ path: `prices.${at}.from`, code: 'NOT_A_SOURCE', message });
    }
    return faults;
  });
}

function invalid(details: ErrorDetail[]): DomainError {
  return new DomainError({
    kind: 'unprocessable',
    code: 'SMS_PRICES_INVALID',
    message: 'These cannot be the prices of SMS; the details say why.',
    details,
  });
}
