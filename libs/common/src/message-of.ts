/** What an error says, for a ledger row or a log line: nothing else of it, which may bear a statement's parameters. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
