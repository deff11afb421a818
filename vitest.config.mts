import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/editor/**', '**/node_modules/**'],
    // The bundles are what users run, so suites that start a program start those.
    globalSetup: ['test/buildFirst.ts'],
    testTimeout: 30_000,
  },
});
