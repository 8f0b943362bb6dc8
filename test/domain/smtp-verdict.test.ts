import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { REPLY_TABLE, type ReplyRow } from '../../src/domain/smtp-replies.ts'
import { type SmtpStage, type SmtpVerdict, verdictOn } from '../../src/domain/smtp-verdict.ts'

type Reply = Readonly<{ stage: SmtpStage; replyCode: number; enhancedCode: string | null }>

const STAGES: readonly SmtpStage[] = ['connect', 'tls', 'auth', 'mail', 'rcpt', 'data', 'final']
const judge = (reply: Reply) => verdictOn({ kind: 'refused', ...reply, reply: '' })

/** An enhanced code agrees with its reply code in class, mostly. */
const replies = fc.record({
  stage: fc.constantFrom(...STAGES),
  replyCode: fc.oneof(fc.integer({ min: 400, max: 599 }), fc.constantFrom(421, 450, 451, 452, 454, 530, 550, 552, 554)),
  enhancedCode: fc.option(
    fc
      .tuple(fc.constantFrom(4, 5), fc.nat({ max: 7 }), fc.oneof(fc.nat({ max: 30 }), fc.nat({ max: 999 })))
      .map((parts) => parts.join('.')),
  ),
})

/** Replies that are easily taken for something else, by what tells them apart. */
const TOLD_APART: Readonly<
  Record<string, readonly (readonly [SmtpStage, code: number, enhanced: string | null, SmtpVerdict])[]>
> = {
  'no for now is no matter of rate unless it says so': [
    ['rcpt', 450, null, 'deferred'],
    ['final', 451, '4.3.0', 'deferred'],
    ['rcpt', 450, '4.7.1', 'deferred'],
    ['rcpt', 421, '4.7.0', 'throttled'],
    ['rcpt', 451, '4.7.500', 'throttled'],
    ['rcpt', 454, null, 'throttled'],
  ],
  'congestion is a matter of rate': [
    ['data', 452, '4.4.5', 'throttled'],
    ['final', 451, '4.4.5', 'throttled'],
  ],
  'a policy for now, told of the sender, is a matter of rate': [['mail', 450, '4.7.1', 'throttled']],
  'an old form of "server busy" is a matter of rate': [['rcpt', 451, '5.7.600', 'throttled']],
  'a relay that is denied is no matter of rate': [['rcpt', 454, '4.7.1', 'policy-refused']],
  'no for now before there is a sender is a server that cannot be reached': [
    ['connect', 421, null, 'unreachable'],
    ['auth', 454, '4.7.0', 'unreachable'],
  ],
  'what is said of the sender is not about the recipient': [
    ['auth', 535, '5.7.8', 'service-refused'],
    ['mail', 550, null, 'service-refused'],
    ['rcpt', 530, '5.7.0', 'service-refused'],
    ['rcpt', 550, '5.4.5', 'service-refused'],
    ['rcpt', 550, '5.1.8', 'service-refused'],
    ['rcpt', 550, '5.7.60', 'service-refused'],
    ['rcpt', 550, '5.7.501', 'service-refused'],
  ],
  'what is said of size, system or content is not about the address': [
    ['rcpt', 552, '5.3.4', 'mail-refused'],
    ['final', 552, '5.3.4', 'mail-refused'],
    ['rcpt', 550, '5.2.3', 'mail-refused'],
    ['rcpt', 550, '5.3.0', 'mail-refused'],
    ['rcpt', 550, '5.6.0', 'mail-refused'],
  ],
  'a server that does not understand us says nothing about the address': [
    ['rcpt', 503, null, 'policy-refused'],
    ['rcpt', 555, '5.5.4', 'policy-refused'],
  ],
  'a plain no to the message may mean us': [
    ['final', 550, null, 'policy-refused'],
    ['final', 554, null, 'policy-refused'],
    ['rcpt', 554, null, 'policy-refused'],
    ['rcpt', 550, '5.7.1', 'policy-refused'],
  ],
  'a full mailbox may be emptied': [
    ['rcpt', 552, '5.2.2', 'deferred'],
    ['rcpt', 552, null, 'deferred'],
  ],
  'a plain no to the recipient, and no such mailbox whenever it is told, are about the address': [
    ['rcpt', 550, null, 'recipient-refused'],
    ['rcpt', 550, '5.1.1', 'recipient-refused'],
    ['data', 550, '5.2.1', 'recipient-refused'],
    ['final', 550, '5.1.1', 'recipient-refused'],
  ],
}

/** A reply that a row was written for. */
function exampleOf({ stages, replies: codes, enhanced }: ReplyRow, stage = stages[0] ?? 'final'): Reply {
  const digits = (pattern = '') => pattern.replace('any', '199').replace(/[yz]/g, '9')
  const code = enhanced[0] === 'any' || enhanced[0] === 'none' ? null : digits(enhanced[0])
  return { stage, replyCode: Number(digits(codes[0])), enhancedCode: code }
}

describe('the table of replies', () => {
  test('has a verdict for every reply, also for those that no server should give', () => {
    const any = fc.record({
      stage: fc.constantFrom(...STAGES),
      replyCode: fc.oneof(fc.integer(), fc.constant(Number.NaN)),
      enhancedCode: fc.option(fc.string()),
    })
    const verdicts = REPLY_TABLE.map(({ verdict }) => verdict)
    fc.assert(
      fc.property(any, (reply) => {
        expect(verdicts).toContain(judge(reply))
      }),
    )
  })

  test.each(Object.entries(TOLD_APART))('tells apart: %s', (_what, told) => {
    for (const [stage, replyCode, enhancedCode, verdict] of told) {
      expect(judge({ stage, replyCode, enhancedCode }), `${stage}: ${replyCode} ${enhancedCode}`).toBe(verdict)
    }
  })

  test.each(REPLY_TABLE.filter(({ replies: codes }) => codes[0] !== 'none'))(
    'has a reply for which "$meaning" is what decides',
    (row) => {
      for (const stage of row.stages) expect(judge(exampleOf(row, stage))).toBe(row.verdict)
    },
  )

  test('gives an address up only where it is the address that is refused, and stops all only where it is us', () => {
    fc.assert(
      fc.property(replies, (reply) => {
        const verdict = judge(reply)
        const subject = /^5\.(\d)\./.exec(reply.enhancedCode ?? '')?.[1] ?? ''
        if (verdict === 'recipient-refused') {
          expect(['rcpt', 'data', 'final']).toContain(reply.stage)
          expect(['3', '5', '6', '7']).not.toContain(subject)
        }
        if (reply.replyCode < 500) expect(['throttled', 'deferred', 'unreachable', 'policy-refused']).toContain(verdict)
      }),
      { numRuns: 2000 },
    )
  })
})

test.each<[SmtpStage, SmtpVerdict]>([
  ['connect', 'unreachable'],
  ['tls', 'unreachable'],
  ['auth', 'unreachable'],
  ['mail', 'deferred'],
  ['rcpt', 'deferred'],
  ['data', 'deferred'],
  ['final', 'uncertain'],
])('a line that breaks at %s: %s', (stage, verdict) => {
  expect(verdictOn({ kind: 'broken', stage, reply: 'ECONNRESET' })).toBe(verdict)
})
