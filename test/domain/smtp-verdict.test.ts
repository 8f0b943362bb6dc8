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

/** How replies were judged before there was a table: by the class of the reply, the stage, and a few codes. */
function formerVerdict({ stage, replyCode, enhancedCode }: Reply): SmtpVerdict {
  const isEarly = ['connect', 'tls', 'auth'].includes(stage)
  const is = (pattern: RegExp) => pattern.test(enhancedCode ?? '')
  if (replyCode === 454 && !isEarly) return 'throttled'
  if (replyCode === 421 && is(/^4\.7\./)) return 'throttled'
  if (replyCode === 451 && is(/^4\.7\.[56]\d\d$/)) return 'throttled'
  if (replyCode < 500) return isEarly ? 'unreachable' : 'deferred'
  if (isEarly || stage === 'mail' || [530, 535, 538].includes(replyCode) || is(/^5\.4\.5$/)) return 'service-refused'
  if (is(/^5\.7\./)) return 'policy-refused'
  if (is(/^5\.2\.2$/)) return 'deferred'
  if (stage !== 'rcpt') return 'mail-refused'
  if (replyCode === 552) return is(/^5\.3\./) ? 'mail-refused' : 'deferred'
  return replyCode === 554 && enhancedCode === null ? 'policy-refused' : 'recipient-refused'
}

/** What is judged otherwise since, and why. */
const CHANGED: Readonly<Record<string, (reply: Reply) => boolean>> = {
  'congestion is a matter of rate': ({ enhancedCode }) => enhancedCode === '4.4.5',
  'a policy for now, told of the sender, is a matter of rate': ({ stage, replyCode, enhancedCode }) =>
    stage === 'mail' && replyCode < 500 && /^4\.7\./.test(enhancedCode ?? ''),
  'an old form of "server busy"': ({ replyCode, enhancedCode }) =>
    replyCode === 451 && /^5\.7\.[56]\d\d$/.test(enhancedCode ?? ''),
  'a relay that is denied is no matter of rate': ({ replyCode, enhancedCode }) =>
    replyCode === 454 && enhancedCode === '4.7.1',
  'what is said of the sender is not about the recipient': ({ enhancedCode }) =>
    /^5\.(?:1\.(?:[78]|90)|2\.252|7\.(?:8|60|2\d|50[123689]|511|[67]\d\d))$/.test(enhancedCode ?? ''),
  'what is said of size, system or content is not about the address': ({ enhancedCode }) =>
    /^5\.(?:2\.(?:3|12[12])|3\.\d+|6\.\d+)$/.test(enhancedCode ?? ''),
  'a server that does not understand us': ({ replyCode, enhancedCode }) =>
    /^5\.5\./.test(enhancedCode ?? '') || ([500, 502, 503, 504, 521, 534, 555].includes(replyCode) && replyCode >= 500),
  'a plain no to the message may mean us': ({ stage, replyCode, enhancedCode }) =>
    ['data', 'final'].includes(stage) && [550, 553, 554].includes(replyCode) && enhancedCode === null,
  'no such mailbox, told after the message': ({ stage, enhancedCode }) =>
    ['data', 'final'].includes(stage) && /^5\.(?:1\.(?:1|2|3|6|10)|2\.1)$/.test(enhancedCode ?? ''),
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

  test('judges as before, but for what was changed on purpose', () => {
    const isChanged = (reply: Reply) => Object.values(CHANGED).some((is) => is(reply))
    fc.assert(
      fc.property(replies, (reply) => {
        fc.pre(!isChanged(reply))
        expect(judge(reply)).toBe(formerVerdict(reply))
      }),
      { numRuns: 2000 },
    )
  })

  test.each(Object.entries(CHANGED))('has changed on purpose: %s', (_why, is) => {
    const examples = fc.sample(replies, { numRuns: 100_000, seed: 1 }).filter(is)
    expect(examples.filter((reply) => judge(reply) !== formerVerdict(reply)).length).toBeGreaterThan(0)
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
