import { expect, test } from 'vitest'

// Counts as skipped, so that the summary shows that something was; support/say-what-was-skipped.ts says what, and how to
// run it.
test('mails and bounces of real servers', ({ skip }) => {
  skip('needs Postfix and Dovecot: npm run test:servers')
  expect.unreachable()
})
