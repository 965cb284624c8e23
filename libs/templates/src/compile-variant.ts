import { Tokenizer, TypeGuards } from 'liquidjs';
import { type ErrorDetail, type Locale } from '#common';
import { type Direction, directionOf } from './bidi.js';
import { cleanLiterals } from './clean-literals.js';
import { cleanLine, cleanText, escapeHtml } from './clean-text.js';
import { deriveText } from './derived-text.js';
import { expandSource, lineFinder, type LiquidSign, restoreSigns, signOf } from './expand-source.js';
import { finishHtml } from './finish-html.js';
import { lintFacts, lintMarkup, lintVariables } from './lint.js';
import {
  LiquidChecker,
  LiquidDialect,
  liquidFault,
  PARSE_CHARACTERS,
  type Parsed,
  placeFilter,
} from './liquid-dialect.js';
import { type OutputPlace } from './liquid-values.js';
import { type MailFiles } from './mail-files.js';
import { markLinks } from './mark-links.js';
import { walkMarkup } from './markup-walk.js';
import { type FactName, factsIn } from './message-subject.js';
import { compileMjml } from './mjml.js';
import { type VariantContent } from './template-content.js';
import { type AuthorFault, toDetail } from './template.errors.js';
import { StaticText } from './text-pieces.js';

/** One language, ready to render: all that is left per person is Liquid. */
export interface CompiledVariant {
  locale: Locale;
  direction: Direction;
  dialects: Dialects;
  subject: Parsed;
  /** The document up to where the footer goes. */
  html: Parsed;
  /** The same with its links marked, for messages in which links are written anew; null: it has none. */
  markedHtml: Parsed | null;
  /** What was written in each of those links, once. */
  links: readonly string[];
  /** The document from there on. */
  htmlEnd: StaticText;
  text: Parsed;
  /** What its Liquid names of what a message may be about. */
  facts: ReadonlySet<FactName>;
}

export interface Dialects {
  html: LiquidDialect;
  text: LiquidDialect;
  subject: LiquidDialect;
}

export interface CompileTools {
  files: MailFiles;
  checker: LiquidChecker;
  dialects: Record<Locale, Dialects>;
}

export function compileTools(files: MailFiles, now: () => Date): CompileTools {
  const dialects = (locale: Locale): Dialects => ({
    html: new LiquidDialect(locale, 'html', now),
    text: new LiquidDialect(locale, 'text', now),
    subject: new LiquidDialect(locale, 'subject', now),
  });
  return { files, checker: new LiquidChecker(), dialects: { ar: dialects('ar'), en: dialects('en') } };
}

export interface Compilation {
  /** Null when there are errors, or when the variant lacks its subject or MJML. */
  variant: CompiledVariant | null;
  errors: ErrorDetail[];
  warnings: ErrorDetail[];
}

/** Compiles one language of a template, and says everything that is wrong with it. */
export async function compileVariant(
  locale: Locale,
  content: VariantContent,
  tools: CompileTools,
): Promise<Compilation> {
  const errors: ErrorDetail[] = [];
  const warnings: ErrorDetail[] = [];
  for (const part of ['subject', 'preheader', 'mjml', 'text'] as const) {
    const source = content[part];
    if (source === undefined) continue;
    const fault = tools.checker.check(source);
    if (fault) errors.push(toDetail(locale, part, fault));
    else {
      const known = lintVariables(variables(tools.checker, source));
      warnings.push(...[...known, ...lintFacts(factsIn([source]))].map(w => toDetail(locale, part, w)));
    }
  }
  if (content.preheader === undefined || content.preheader.trim() === '') {
    const message = 'Without a preheader mail programs show the first words of the body beside the subject.';
    warnings.push(toDetail(locale, 'preheader', { code: 'PREHEADER_MISSING', message }));
  }
  const { subject, mjml } = content;
  if (errors.length > 0 || !mjml?.trim()) return { variant: null, errors, warnings };

  const html = await compileHtml(locale, { ...content, mjml }, tools);
  warnings.push(...html.warnings.map(warning => toDetail(locale, 'mjml', warning)));
  errors.push(...html.faults.map(fault => toDetail(locale, 'mjml', fault)));
  if (errors.length > 0 || html.parts === null || !subject?.trim())
    return { variant: null, errors, warnings };

  const dialects = tools.dialects[locale];
  const text = content.text?.trim() ? cleanLiterals(content.text, cleanText) : html.parts.text;
  try {
    const variant: CompiledVariant = {
      locale,
      direction: directionOf(locale),
      dialects,
      subject: dialects.subject.parse(cleanLiterals(subject, cleanLine)),
      html: dialects.html.parse(html.parts.before),
      markedHtml: html.parts.links.length === 0 ? null : dialects.html.parse(html.parts.marked),
      links: html.parts.links,
      htmlEnd: new StaticText(html.parts.after),
      text: dialects.text.parse(text),
      // Of the finished parts: a layout or a partial may be given one.
      facts: factsIn([subject, html.parts.before, text]),
    };
    return { variant, errors, warnings };
  } catch (error) {
    errors.push(toDetail(locale, 'mjml', { ...liquidFault(error), line: undefined }));
    return { variant: null, errors, warnings };
  }
}

/** The analysis gives up on sources the parser accepted only in rare cases; a lint is not worth an error. */
function variables(checker: LiquidChecker, source: string): string[][] {
  try {
    return checker.variables(source);
  } catch {
    return [];
  }
}

interface HtmlCompilation {
  parts: { before: string; marked: string; links: string[]; after: string; text: string } | null;
  faults: AuthorFault[];
  warnings: AuthorFault[];
}

async function compileHtml(
  locale: Locale,
  content: VariantContent & { mjml: string },
  tools: CompileTools,
): Promise<HtmlCompilation> {
  const failed = (...faults: AuthorFault[]): HtmlCompilation => ({ parts: null, faults, warnings: [] });
  const expanded = expandSource(content.mjml, tools.files);
  if ('code' in expanded) return failed(expanded);
  const { text, signs } = expanded;
  const lineOf = lineFinder(expanded);

  const walk = walkMarkup(text, signs, 'mjml', expanded.ours);
  if (walk.faults.length > 0) {
    return failed(
      ...walk.faults.map(({ code, message, offset }) => ({
        code,
        message: restoreSigns(message, index => signs[index]?.text ?? ''),
        line: lineOf(offset),
      })),
    );
  }
  const source = restoreSigns(text, index =>
    walk.betweenElements.has(index) ? `<mj-raw>${signOf(index)}</mj-raw>` : signOf(index),
  );
  const compiled = await compileMjml(source, locale, withSigns(content.preheader, signs));
  if ('faults' in compiled) {
    return failed(
      ...compiled.faults.map(fault => ({
        ...fault,
        message: restoreSigns(fault.message, index => signs[index]?.text ?? ''),
        line: fault.line === undefined ? undefined : expanded.lines[fault.line - 1],
      })),
    );
  }
  if (compiled.html.length > PARSE_CHARACTERS) {
    const message = `The template makes ${Math.round(compiled.html.length / 1000)} KB of HTML. Make it simpler.`;
    return failed({ code: 'TEMPLATE_TOO_COMPLEX', message });
  }
  const titled = compiled.html.replace(
    '<title></title>',
    () => `<title>${withSigns(content.subject, signs) ?? ''}</title>`,
  );
  return { ...splitAtFooter(finishHtml(titled, locale), signs), warnings: lintMarkup(walk, locale, lineOf) };
}

/** Checks the finished document once more, and cuts it where the footer goes: before `</body>`, outside everything. */
function splitAtFooter(html: string, signs: LiquidSign[]): Pick<HtmlCompilation, 'parts' | 'faults'> {
  const walk = walkMarkup(html, signs, 'html');
  if (walk.faults.length > 0 || !walk.body) {
    const reason = walk.faults[0]?.message ?? 'it has no body of its own.';
    const message = `The compiled mail is not sound, so the legal footer would not show: ${restoreSigns(reason, index => signs[index]?.text ?? '')}`;
    return { parts: null, faults: [{ code: 'FOOTER_UNSAFE', message }] };
  }
  const { html: marked, links } = markLinks(html.slice(0, walk.body.end), walk, signs);
  const write = (index: number): string => encoded(signs[index], walk.places.get(index));
  return {
    parts: {
      before: restoreSigns(html.slice(0, walk.body.end), write),
      marked: restoreSigns(marked, write),
      links,
      after: html.slice(walk.body.end),
      text: restoreSigns(cleanText(deriveText(html)), index => signs[index]?.text ?? ''),
    },
    faults: [],
  };
}

/** An output with the filter that encodes it for its place. */
function encoded(sign: LiquidSign | undefined, place: OutputPlace | undefined): string {
  if (sign === undefined) return '';
  if (sign.kind === 'tag' || place === undefined || place === 'text') return sign.text;
  return sign.text.replace(/(-?\}\})$/, ` | ${placeFilter(place)} $1`);
}

/** A one-line part as markup: literals escaped, its Liquid added to the document's signs. */
function withSigns(source: string | undefined, signs: LiquidSign[]): string | null {
  if (!source?.trim()) return null;
  return new Tokenizer(source)
    .readTopLevelTokens()
    .map(token => {
      if (TypeGuards.isTagToken(token)) signs.push({ kind: 'tag', name: token.name, text: token.getText() });
      else if (TypeGuards.isOutputToken(token))
        signs.push({ kind: 'output', name: '', text: token.getText() });
      else return escapeHtml(cleanLine(token.getText()).replace(/[\uE000\uE001]/g, ''));
      return signOf(signs.length - 1);
    })
    .join('');
}
