import { DomainError } from '#common';
import { type ContactInput, readContactInput } from '#contacts';

/**
 * A person as a caller of the API gives them; there every fault is told, where of a shop's webhook it is left out.
 * @throws DomainError with the first fault's code
 */
export function checkedCustomer(input: ContactInput, path: string): ContactInput {
  const { problems } = readContactInput(input);
  const details = problems.map(problem => ({ ...problem, path: `${path}.${problem.path}` }));
  const [first] = details;
  if (!first) return input;
  const message = `${first.path}: ${first.message}`;
  throw new DomainError({ kind: 'invalid', code: first.code, message, details });
}
