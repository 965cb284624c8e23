const { sep } = require('node:path');

/** Our sources import each other as `./x.js`, which TypeScript writes; here the `.ts` beside it is meant. */
module.exports = (request, options) => {
  const ours = !options.basedir.includes(`${sep}node_modules${sep}`) && /^\.{1,2}\/.*\.js$/.test(request);
  if (ours) {
    try {
      return options.defaultResolver(request.replace(/\.js$/, '.ts'), options);
    } catch {
      // A real .js file of ours; the ordinary way finds it.
    }
  }
  return options.defaultResolver(request, options);
};
