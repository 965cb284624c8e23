import { request as httpsRequest } from 'node:https';

/** Fetches a small thing over HTTPS; a test gives its own. */
export interface Fetcher {
  /** @throws Error for any answer but 200, for more than `mostBytes`, after `withinMs` milliseconds. Redirects are not followed. */
  fetch(url: URL, limits: { mostBytes: number; withinMs: number }): Promise<Buffer>;
}

/** @param ca certificates that are trusted instead of the usual ones, in PEM */
export class HttpsFetcher implements Fetcher {
  constructor(private readonly ca?: string) {}

  fetch(url: URL, { mostBytes, withinMs }: { mostBytes: number; withinMs: number }): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const options = this.ca === undefined ? {} : { ca: this.ca };
      const request = httpsRequest(
        url,
        { ...options, agent: false, headers: { accept: '*/*' } },
        response => {
          if (response.statusCode !== 200) {
            end(new Error(`It answered ${response.statusCode ?? 0}.`));
            return;
          }
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > mostBytes) end(new Error(`It is larger than ${mostBytes} bytes.`));
            else chunks.push(chunk);
          });
          response.on('end', () => (response.complete ? end(null) : end(new Error('It ended too early.'))));
          response.on('error', end);
        },
      );
      const timer = setTimeout(() => end(new Error(`It took longer than ${withinMs} ms.`)), withinMs);
      function end(error: Error | null): void {
        clearTimeout(timer);
        if (error) {
          request.destroy();
          reject(error);
        } else resolve(Buffer.concat(chunks));
      }
      request.on('error', end);
      request.end();
    });
  }
}
