/** Something that the person before the terminal can mend; its message is the whole of what they are told. */
export class StartError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StartError';
  }
}
