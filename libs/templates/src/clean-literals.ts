import { Tokenizer, TypeGuards } from 'liquidjs';

/** Cleans what an author wrote, and leaves the Liquid in it alone: its values are cleaned when they are rendered. */
export function cleanLiterals(source: string, clean: (text: string) => string): string {
  return new Tokenizer(source)
    .readTopLevelTokens()
    .map(token =>
      TypeGuards.isTagToken(token) || TypeGuards.isOutputToken(token)
        ? token.getText()
        : clean(token.getText()),
    )
    .join('');
}
