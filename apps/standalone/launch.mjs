/**
 * `npm run demo` and `npm start` on a machine with nothing but Node and npm: installs what is missing, builds what is
 * stale, then becomes the program. This file is written so that even an old Node can read it, to be told that it is.
 */
const [major, minor] = process.versions.node.split('.').map(Number);

if (major > 20 || (major === 20 && minor >= 19)) {
  import('./prepare.mjs')
    .then(prepare => prepare.default())
    .then(ready => ready && import('../../dist/apps/standalone/src/main.js'));
} else {
  console.error(
    `\nIthn needs Node 20.19 or newer; this is Node ${process.versions.node}. Get a newer one from https://nodejs.org`,
  );
  process.exitCode = 1;
}
