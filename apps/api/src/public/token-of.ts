import { type FastifyRequest } from 'fastify';

/** The token of a customer's address: all of the path behind the first part. */
export function tokenOf(request: FastifyRequest): string {
  // A program that makes plain text into links takes the full stop or bracket after it along.
  return (request.params as { '*': string })['*'].replace(/[^\w/-]{1,4}$/, '');
}
