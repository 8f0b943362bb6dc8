import { defineConfig } from 'vitest/config'

// Postfix takes seconds to give a mail up, and every command is a process of its own.
const TIMEOUT_MS = 120_000

/** Against real mail servers, which have to be installed: apart from the tests that run anywhere. */
export default defineConfig({
  test: {
    name: 'servers',
    include: ['test/servers/**/*.test.ts'],
    globalSetup: ['test/servers/support/global-setup.ts', 'test/support/global-setup.ts'],
    // They wait for servers more than they compute; by itself, one would run at a time on two cores.
    maxWorkers: 3,
    testTimeout: TIMEOUT_MS,
    hookTimeout: TIMEOUT_MS,
  },
})
