import { defineConfig } from 'vitest/config'

const TIMEOUT_MS = 60_000

export default defineConfig({
  test: {
    // Most of their time, tests wait: for processes to start, for time-outs, for a database.
    maxWorkers: 3,
    projects: [
      // The domain needs no server, and runs often: nothing is started for it.
      { test: { name: 'domain', include: ['test/domain/**/*.test.ts'] } },
      {
        test: {
          name: 'program',
          include: ['test/**/*.test.ts'],
          exclude: ['test/domain/**', 'test/servers/**'],
          globalSetup: ['test/support/global-setup.ts', 'test/support/say-what-was-skipped.ts'],
          // Real servers, and child processes, on machines with two cores.
          testTimeout: TIMEOUT_MS,
          hookTimeout: TIMEOUT_MS,
        },
      },
    ],
  },
})
