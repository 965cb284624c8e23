import { declarationsFault, stylesheetFault } from './style-rules.js';

describe("an author's stylesheet", () => {
  it.each([
    '.card { display: none; } a.button:hover { color: #123456 }',
    'p, h1, .x > li { margin: 0 0 8px }',
    '@media (max-width: 480px) { .wide { display: none !important } }',
    'a { color: #0f5c4f; text-decoration: none }',
    '#outlook a { padding: 0 } /* a comment with { braces } */',
    '.hero { background: url("https://shop.example/a.png") }',
  ])('may say %s', css => {
    expect(stylesheetFault(css)).toBeNull();
  });

  it.each([
    ['table { display: none }', 'reaches beyond'],
    ['* { opacity: 0 }', 'reaches beyond'],
    ['.x ~ div { height: 0 }', 'reaches beyond'],
    ['.x, body { display: none }', 'reaches beyond'],
    ['[role=contentinfo] { display: none }', 'name a class'],
    ['div[class=".x"] { display: none }', 'reaches beyond'],
    [':root { display: none }', 'not allowed'],
    ['.x:not(.y) { display: none }', 'not allowed'],
    ['.x::after { content: "" }', 'not allowed'],
    ['@media all { body { display: none } }', 'reaches beyond'],
    ['@import "https://evil.example/x.css";', 'lacks'],
    ['@import "x"; .a { color: red }', 'not allowed'],
    ['@font-face { src: url(https://x.example) }', 'not allowed'],
    ['a { display: none }', 'every link'],
    ['p, .x a:hover { opacity: 0 }', 'every link'],
    ['.x { position: fixed; inset: 0 }', 'position'],
    ['.x { background: url(http://x.example/a) }', 'https'],
    ['.x { d\\69splay: none }', 'neither'],
    ['</style><script>', 'neither'],
    ['.x { color: red', 'never closed'],
  ])('may not say %s', (css, reason) => {
    expect(stylesheetFault(css)).toContain(reason);
  });

  it.each([
    '/*'.repeat(100_000),
    '.a{}'.repeat(50_000),
    `.a{${'x:url('.repeat(30_000)}}`,
    ':nth-child(1 '.repeat(15_000),
  ])('is checked in time that grows with its length only (case %#)', css => {
    const begin = performance.now();
    stylesheetFault(css);
    expect(performance.now() - begin).toBeLessThan(2_000);
  });
});

describe('a style attribute', () => {
  it('may not lay content over the footer', () => {
    expect(declarationsFault('color: red; POSITION : absolute; top: 0')).toContain('position');
    expect(declarationsFault('/**/position/**/:fixed')).toContain('position');
    expect(declarationsFault('color:red;padding:0 4px')).toBeNull();
  });
});
