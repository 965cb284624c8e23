interface Field {
  name: string;
  value: string;
  kind: 'hidden' | 'checkbox' | 'radio';
  on: boolean;
}

interface PageForm {
  action: string;
  fields: Field[];
  buttons: { text: string; name: string | null; value: string }[];
}

/** A person at a browser without scripts: opens pages, ticks, presses, and counts every press. */
export class PageVisitor {
  /** Presses since the page was opened: of a box, a choice, a button or a link. */
  presses = 0;
  status = 0;
  html = '';
  headers = new Headers();
  #url = '';
  #forms: PageForm[] = [];

  constructor(private readonly base: string) {}

  /** As from a link in a message; that press is not counted. */
  async open(path: string): Promise<this> {
    this.presses = 0;
    await this.#load(new URL(path, this.base).href);
    return this;
  }

  /** Boxes by value: ticked or not. */
  get boxes(): Record<string, boolean> {
    const boxes = this.#fields.filter(field => field.kind === 'checkbox');
    return Object.fromEntries(boxes.map(({ value, on }) => [value, on]));
  }

  /** Radio buttons: the chosen value by name. */
  get choices(): Record<string, string> {
    const chosen = this.#fields.filter(field => field.kind === 'radio' && field.on);
    return Object.fromEntries(chosen.map(({ name, value }) => [name, value]));
  }

  get buttons(): string[] {
    return this.#forms.flatMap(form => form.buttons.map(({ text }) => text));
  }

  /** What a reader sees, without markup. */
  get text(): string {
    return plain(this.html.replace(/^[\s\S]*<\/style>/, ''));
  }

  /** Presses a box. */
  tick(value: string): this {
    const field = this.#fields.find(one => one.kind === 'checkbox' && one.value === value);
    if (!field) throw new Error(`There is no box ${value}.`);
    field.on = !field.on;
    this.presses++;
    return this;
  }

  /** Presses a radio button. */
  choose(name: string, value: string): this {
    const group = this.#fields.filter(one => one.kind === 'radio' && one.name === name);
    if (!group.some(one => one.value === value)) throw new Error(`${name} cannot be ${value}.`);
    for (const one of group) one.on = one.value === value;
    this.presses++;
    return this;
  }

  /** Presses a button; `text` is what stands on it. */
  async press(text: string): Promise<this> {
    const form = this.#forms.find(one => one.buttons.some(button => button.text === text));
    const button = form?.buttons.find(one => one.text === text);
    if (!form || !button) throw new Error(`There is no button "${text}", only ${this.buttons.join(', ')}.`);
    this.presses++;
    const fields = form.fields
      .filter(field => field.on)
      .map(({ name, value }): [string, string] => [name, value]);
    if (button.name !== null) fields.push([button.name, button.value]);
    await this.#load(new URL(form.action, this.#url).href, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    });
    return this;
  }

  /** Presses a link. */
  async follow(text: string): Promise<this> {
    const link = [...this.html.matchAll(/<a [^>]*href="([^"]*)"[^>]*>([\s\S]*?)<\/a>/g)].find(
      ([, , inner]) => plain(inner ?? '') === text,
    );
    if (!link) throw new Error(`There is no link "${text}".`);
    this.presses++;
    await this.#load(new URL(plain(link[1] ?? ''), this.#url).href);
    return this;
  }

  get #fields(): Field[] {
    return this.#forms.flatMap(form => form.fields);
  }

  async #load(url: string, init: RequestInit = {}): Promise<void> {
    const response = await fetch(url, { ...init, redirect: 'manual' });
    this.#url = url;
    this.status = response.status;
    this.headers = response.headers;
    this.html = await response.text();
    this.#forms = [...this.html.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)].map(([, tag, body]) =>
      readForm(tag ?? '', body ?? ''),
    );
  }
}

function readForm(tag: string, body: string): PageForm {
  const fields = [...body.matchAll(/<input([^>]*)>/g)].map(([, input]): Field => {
    const kind = attribute(input, 'type') as Field['kind'];
    const on = kind === 'hidden' || /\schecked(?=[\s>]|$)/.test(input ?? '');
    return { name: attribute(input, 'name') ?? '', value: attribute(input, 'value') ?? '', kind, on };
  });
  const buttons = [...body.matchAll(/<button([^>]*)>([\s\S]*?)<\/button>/g)].map(([, button, text]) => ({
    text: plain(text ?? ''),
    name: attribute(button, 'name'),
    value: attribute(button, 'value') ?? '',
  }));
  return { action: attribute(tag, 'action') ?? '', fields, buttons };
}

function attribute(tag: string | undefined, name: string): string | null {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag ?? '')?.[1];
  return value === undefined ? null : plain(value);
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function plain(html: string): string {
  return html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? '')
    .replace(/\s+/g, ' ')
    .replace(/ ([.,:;؟،])/g, '$1')
    .trim();
}
