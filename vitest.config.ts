import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{src,emulators,dev,test}/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // A condition is waited for as long as a busy machine needs.
    expect: { poll: { timeout: 10_000 } },
    pool: 'forks',
    maxWorkers: 2,
  },
});
