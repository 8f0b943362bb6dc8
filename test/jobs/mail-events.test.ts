import { describe, expect, test } from 'vitest'
import { mailEvents, sendDelaySeconds } from '../../src/jobs/mail-events.ts'
import { releasedResult } from '../../src/jobs/mail-result.ts'
import { createLogger } from '../../src/logger.ts'
import type { MailResult } from '../../src/store/mail-results.ts'
import type { ClaimedMail } from '../../src/store/outbox.ts'

const NOW = new Date('2026-05-25T12:00:00Z')
const minutesAgo = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000)

const noticeDue = (id: string, dueAt: Date): ClaimedMail['notices'][number] => ({
  ...{ id, dueAt, mailId: 'mail-1', grantId: `cg_${id}`, contactId: 'con_1', address: 'ana@example.com' },
  ...{ expiresAt: new Date('2026-06-01T00:00:00Z'), stage: 'P7D', state: 'planned' as const },
})

const MAIL: ClaimedMail = {
  ...{ id: 'mail-1', sweepId: '2026-05-25T12:00:00Z', accountId: 'acc_1', contactId: 'con_1', category: 'warning' },
  ...{ deadline: new Date('2026-06-01T00:00:00Z'), claim: 'batch:0', isHandedOver: true, attempts: 0 },
  ...{ uncertain: false, messageId: '<mail-1@acme.example>' },
  notices: [noticeDue('old', minutesAgo(90)), noticeDue('new', minutesAgo(5))],
}

const sent = (states: Readonly<Record<string, 'sent' | 'dropped'>>): MailResult => ({
  ...releasedResult(MAIL, NOW),
  ...{ state: 'sent', sentAt: NOW, attempts: 1 },
  notices: Object.entries(states).map(([id, state]) => ({ id, state, reason: null, amount: '18.00' })),
  attempt: { outcome: 'sent', stage: 'final', replyCode: 250, enhancedCode: null, reply: '250 ok, ana@example.com' },
})

describe('the send delay', () => {
  test('is measured from the notice that was due first', () => {
    expect(sendDelaySeconds(MAIL, sent({ old: 'sent', new: 'sent' }))).toBe(90 * 60)
  })

  test('leaves out a notice that dropped out of the mail', () => {
    expect(sendDelaySeconds(MAIL, sent({ old: 'dropped', new: 'sent' }))).toBe(5 * 60)
  })

  test('is not of a mail that was not sent', () => {
    expect(sendDelaySeconds(MAIL, releasedResult(MAIL, NOW))).toBeNull()
  })

  test('is never below zero, whatever the clocks say', () => {
    const early = { ...MAIL, notices: [noticeDue('new', minutesAgo(-1))] }
    expect(sendDelaySeconds(early, sent({ new: 'sent' }))).toBe(0)
  })
})

describe('what is logged of a mail', () => {
  const told = (result: MailResult, isTold = false) => {
    const lines: unknown[] = []
    const delays: number[] = []
    const write = (text: string) => void lines.push({ ...JSON.parse(text), time: undefined })
    const log = createLogger({ level: 'debug', format: 'json' }, { write })
    mailEvents({ log, isTold, observeDelay: (seconds) => delays.push(seconds) }).settled(MAIL, result)
    return { lines, delays }
  }
  const ids = { mail: 'mail-1', sweep: '2026-05-25T12:00:00Z', category: 'warning' }

  test('is one line with the ids of mail and sweep, and without the words of the server', () => {
    const { lines, delays } = told(sent({ old: 'sent', new: 'sent' }))
    expect(lines).toEqual([
      { level: 'info', msg: 'mail sent', ...ids, attempt: 1, stage: 'final', replyCode: 250, delaySeconds: 5400 },
    ])
    expect(delays).toEqual([5400])
  })

  test('says why a mail failed, as a warning; or where the process tells it itself, for whoever wants to know', () => {
    const attempt = { outcome: 'failed', stage: 'rcpt', replyCode: 550, enhancedCode: '5.1.1', reply: '550 5.1.1 ana?' }
    const failed = {
      ...releasedResult(MAIL, NOW),
      state: 'failed',
      reason: 'recipient-refused',
      attempts: 1,
      attempt,
    } as const
    const words = { attempt: 1, stage: 'rcpt', replyCode: 550, enhancedCode: '5.1.1', reason: 'recipient-refused' }
    expect(told(failed)).toEqual({
      lines: [{ level: 'warn', msg: 'mail failed', ...ids, ...words }],
      delays: [],
    })
    expect(told(failed, true).lines).toMatchObject([{ level: 'debug', msg: 'mail failed' }])
  })

  test('tells a mail that waits because we are refused from one that was put off itself', () => {
    const attempt = { outcome: 'refused-us', stage: 'auth', replyCode: 535, enhancedCode: '5.7.8', reply: '535 no' }
    const nextAttemptAt = minutesAgo(-5)
    expect(told({ ...releasedResult(MAIL, NOW), attempt }).lines).toMatchObject([
      {
        level: 'info',
        msg: 'mail not sent: the mail server refuses us or cannot be reached; it waits',
        ...ids,
        stage: 'auth',
      },
    ])
    const deferred = { ...attempt, outcome: 'deferred', stage: 'rcpt' }
    expect(told({ ...releasedResult(MAIL, NOW), attempt: deferred, nextAttemptAt }).lines).toMatchObject([
      {
        level: 'info',
        msg: 'mail not taken for now; it is tried again',
        ...ids,
        nextAttemptAt: nextAttemptAt.toJSON(),
      },
    ])
  })
})
