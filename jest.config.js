import { readdirSync } from 'node:fs';

const libs = readdirSync(new URL('./libs', import.meta.url)).join('|');

export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/libs', '<rootDir>/apps', '<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
        module: { type: 'es6' },
      },
    ],
  },
  resolver: '<rootDir>/test/harness/resolver.cjs',
  moduleNameMapper: {
    [`^#(${libs})$`]: '<rootDir>/libs/$1/src/index.ts',
  },
  globalSetup: '<rootDir>/test/harness/global-setup.mjs',
  globalTeardown: '<rootDir>/test/harness/global-teardown.mjs',
  reporters: ['default', 'summary', '<rootDir>/test/harness/closing-line.reporter.mjs'],
  testSequencer: '<rootDir>/test/harness/slow-first.sequencer.mjs',
  testTimeout: 120_000,
  maxWorkers: process.env.JEST_WORKERS ?? 2,
  workerIdleMemoryLimit: '1500MB',
};
