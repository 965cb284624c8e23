import { ImportRunner } from '#contacts';
import { type Answer, type TestApi } from './api.js';

/** Uploads a file as a form: `options` first, then `file`. */
export function upload(
  api: TestApi,
  file: string | Uint8Array,
  options?: object,
  name = 'people.csv',
): Promise<Answer> {
  const form = new FormData();
  if (options) form.append('options', JSON.stringify(options));
  form.append('file', new Blob([file as string]), name);
  return api.request('POST', '/v1/imports', form);
}

export function runnerOf(api: TestApi): ImportRunner {
  return api.app.get(ImportRunner, { strict: false });
}

/** Uploads, works it off as a worker would, and tells how it ended. */
export async function importFile(
  api: TestApi,
  file: string | Uint8Array,
  options?: object,
): Promise<Answer['body']> {
  const answer = await upload(api, file, options);
  if (answer.status !== 201) throw new Error(`The upload was refused: ${answer.text}`);
  await runnerOf(api).sweep();
  return (await api.request('GET', `/v1/imports/${answer.body.id}`)).body;
}
