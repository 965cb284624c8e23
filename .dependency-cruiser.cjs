/**
 * The house's order. A lib may import only libs above it in this list, and only through the door (`#name`, which is
 * its src/index.ts); apps import libs, libs never import apps; nothing runs in a circle.
 */
const order = [
  'common',
  'config',
  'metrics',
  'database',
  'queue',
  'access',
  'webhooks',
  'contacts',
  'consent',
  'orders',
  'events',
  'segments',
  'templates',
  'transports',
  'sending',
  'feedback',
  'subjects',
  'campaigns',
  'sign-ups',
  'sequences',
  'insights',
];

const upward = order.map((lib, position) => ({
  name: `${lib}-imports-only-what-stands-above-it`,
  comment: `libs/${lib} is number ${position + 1} in the order; it may import only libs before it.`,
  severity: 'error',
  from: { path: `^libs/${lib}/` },
  to: { path: `^libs/(?!(?:${order.slice(0, position + 1).join('|')})/)` },
}));

module.exports = {
  forbidden: [
    ...upward,
    {
      name: 'every-lib-has-a-place-in-the-order',
      severity: 'error',
      from: { path: `^libs/(?!(?:${order.join('|')})/)` },
      to: {},
    },
    {
      name: 'a-lib-has-one-door',
      comment: 'Import another lib as #name; its files are its own.',
      severity: 'error',
      // One test factory makes real grants, which libs/consent lets nobody else do.
      from: { path: '^(libs/[^/]+|apps/[^/]+|test)/', pathNot: '^test/factories/grant\\.ts$' },
      to: { path: '^libs/[^/]+/src/(?!index\\.ts$)', pathNot: '^$1/' },
    },
    {
      name: 'libs-never-import-apps',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^test/' },
    },
    {
      name: 'only-data-rooms-know-typeorm',
      comment: 'SQL and TypeORM live in repositories, entities, migrations and libs/database.',
      severity: 'error',
      from: {
        path: '^(libs|apps)/',
        pathNot: [
          '^libs/database/',
          '\\.(repository|entity)\\.ts$',
          '^apps/[^/]+/src/(create-api|create-worker)\\.ts$',
          'openapi/write-openapi\\.ts$',
        ],
      },
      to: { path: 'node_modules/(typeorm|pg)/' },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default', 'types'],
      mainFields: ['main', 'types'],
    },
  },
};
