interface Problem {
  code?: string;
  detail?: string;
}

/** The demo speaks to the API as any marketer's program would: over HTTP, with a key. */
export class ApiClient {
  constructor(
    private readonly url: string,
    private readonly key: string,
    /** Called before each request; throws when no more shall be made. */
    private readonly goOn: () => void,
  ) {}

  get<T>(path: string): Promise<T> {
    return this.#send<T>('GET', path);
  }

  post<T>(path: string, body?: unknown): Promise<T> {
    return this.#send<T>('POST', path, JSON.stringify(body ?? {}), 'application/json');
  }

  put<T>(path: string, body: unknown): Promise<T> {
    return this.#send<T>('PUT', path, JSON.stringify(body), 'application/json');
  }

  upload<T>(path: string, options: unknown, fileName: string, file: Uint8Array<ArrayBuffer>): Promise<T> {
    const form = new FormData();
    form.append('options', JSON.stringify(options));
    form.append('file', new Blob([file], { type: 'text/csv' }), fileName);
    return this.#send<T>('POST', path, form);
  }

  async #send<T>(method: string, path: string, body?: string | FormData, type?: string): Promise<T> {
    this.goOn();
    const response = await fetch(this.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(type === undefined ? {} : { 'content-type': type }),
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${summary(text)}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}

function summary(text: string): string {
  try {
    const { code, detail } = JSON.parse(text) as Problem;
    return `${code}: ${detail}`;
  } catch {
    return text.slice(0, 300);
  }
}
