/** What the sandbox answers to a recipient: nothing to say, or an SMTP refusal. */
export interface Refusal {
  code: number;
  text: string;
}

const REMEMBERED = 10_000;

/**
 * Addresses that refuse, so that a demo or a test can see what a refusal does:
 * `bounce@`, `bounce+anything@` and `reject@` always (550 5.1.1), `defer@` and `defer+anything@` on the first try of
 * each mail (451 4.7.1). Every other address is fine.
 */
export class TestAddresses {
  readonly #deferred = new Set<string>();

  refusalFor(recipient: string, sender: string): Refusal | null {
    const local = recipient.slice(0, recipient.lastIndexOf('@')).toLowerCase();
    if (/^(?:bounce|reject)(?:\+|$)/.test(local)) {
      return { code: 550, text: '5.1.1 No such mailbox: the sandbox always refuses this address' };
    }
    if (!/^defer(?:\+|$)/.test(local)) return null;
    const attempt = `${sender} ${recipient}`.toLowerCase();
    if (this.#deferred.delete(attempt)) return null;
    this.#deferred.add(attempt);
    if (this.#deferred.size > REMEMBERED) {
      this.#deferred.delete(this.#deferred.values().next().value as string);
    }
    return { code: 451, text: '4.7.1 Try again later: the sandbox defers the first try to this address' };
  }
}
