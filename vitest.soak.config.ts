import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** The long ones: kill -9 again and again, hundreds of thousands of documents, other projects' suites. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  defineConfig({
    test: {
      include: ['{src,emulators,dev,test}/**/*.soak.ts'],
      testTimeout: 300_000,
      fileParallelism: false,
    },
  }),
);
