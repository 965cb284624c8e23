/** What happens next: a binary heap of moments. */
export class EventHeap<Of> {
  readonly #events: { at: number; of: Of }[] = [];

  push(at: number, of: Of): void {
    const events = this.#events;
    let place = events.push({ at, of }) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if ((events[above] as { at: number }).at <= at) break;
      events[place] = events[above] as { at: number; of: Of };
      place = above;
    }
    events[place] = { at, of };
  }

  pop(): { at: number; of: Of } | undefined {
    const events = this.#events;
    const first = events[0];
    const last = events.pop();
    if (events.length === 0 || !last) return first;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= events.length) break;
      const right = events[below + 1];
      if (right && right.at < (events[below] as { at: number }).at) below++;
      if ((events[below] as { at: number }).at >= last.at) break;
      events[place] = events[below] as { at: number; of: Of };
      place = below;
    }
    events[place] = last;
    return first;
  }
}
