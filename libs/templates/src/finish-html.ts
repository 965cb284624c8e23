import { type Locale } from '#common';
import { directionOf } from './bidi.js';

/**
 * Outranks any stylesheet: an inline declaration that is important wins over every rule (CSS Cascade 4, section 6.1).
 * It keeps `html` and `body`, which hold the footer, from being hidden.
 */
const shield = [
  'display:block',
  'visibility:visible',
  'opacity:1',
  'position:static',
  'float:none',
  'height:auto',
  'max-height:none',
  'width:auto',
  'max-width:none',
  'overflow:visible',
  'transform:none',
  'clip-path:none',
  'filter:none',
  'content-visibility:visible',
]
  .map(declaration => `${declaration}!important`)
  .join(';');

const colorSchemes = ['color-scheme', 'supported-color-schemes']
  .map(name => `<meta name="${name}" content="light dark">`)
  .join('');

/** Invisible room after the preheader, so that mail programs do not fill the line with what comes next. */
const preheaderRoom = '&#847;&zwnj;&nbsp;'.repeat(60);

/** What MJML leaves to do: language and direction wherever mail programs look for them, and a body nobody can hide. */
export function finishHtml(html: string, locale: Locale): string {
  const direction = directionOf(locale);
  let cssClass = '';
  let finished = html
    .replace(/<html /, `<html style="${shield}" `)
    .replace(/<body\s[^>]*>/, body => {
      cssClass = /\sclass="([^"]*)"/.exec(body)?.[1] ?? '';
      const background = /background-color:([^;"]+)/.exec(body)?.[1];
      const paint = background === undefined ? '' : `background-color:${background};`;
      return `<body lang="${locale}" dir="${direction}" style="margin:0;padding:0;word-spacing:normal;${paint}${shield}">`;
    })
    // The author's class moves to the element inside: a rule for it must not reach what holds the footer.
    .replace(/role="article"/, cssClass === '' ? 'role="article"' : `role="article" class="${cssClass}"`)
    .replace(/(<div style="display:none;font-size:1px;[^>]*>)([\s\S]*?)(<\/div>)/, `$1$2${preheaderRoom}$3`);
  if (finished.includes('color-scheme: light dark')) {
    // Some programs believe only the meta; without it they invert colours of a mail that has its own dark ones.
    finished = finished.replace('<head>', `<head>${colorSchemes}`);
  }
  if (direction === 'rtl') {
    finished = finished
      .replaceAll('text-align:left;direction:rtl', 'text-align:right;direction:rtl')
      .replace(/<table(?=[\s>])(?![^>]*\sdir=)/g, `<table dir="rtl"`)
      .replace(/<div(\s+)class="mj-column-/g, `<div lang="${locale}" dir="rtl"$1class="mj-column-`);
  }
  return withoutIndentation(finished);
}

/** MJML's indentation is a third of its output. */
function withoutIndentation(html: string): string {
  return html
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
    .join('\n');
}
