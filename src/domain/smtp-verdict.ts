import type { SendOutcome, SmtpStage, SmtpVerdict } from './smtp-outcome.ts'
import { REPLY_TABLE } from './smtp-replies.ts'

export { EARLY_STAGES, type SendOutcome, type SmtpStage, type SmtpVerdict } from './smtp-outcome.ts'

/** Judges an outcome by stage, reply code and enhanced code: see the table in smtp-replies.ts. */
export function verdictOn(outcome: SendOutcome): SmtpVerdict {
  switch (outcome.kind) {
    case 'accepted':
      return 'accepted'
    case 'unsupported-address':
      return 'address-unsupported'
    case 'broken':
      return verdictOnReply({ stage: outcome.stage, reply: 'none', enhanced: 'none' })
    case 'refused':
      return verdictOnReply({
        stage: outcome.stage,
        reply: String(outcome.replyCode),
        enhanced: outcome.enhancedCode ?? 'none',
      })
  }
}

const ROWS = REPLY_TABLE.map(({ stages, replies, enhanced, verdict }) => ({
  stages: new Set(stages),
  reply: patternOf(replies),
  enhanced: patternOf(enhanced),
  verdict,
}))

function verdictOnReply({
  stage,
  reply,
  enhanced,
}: {
  stage: SmtpStage
  reply: string
  enhanced: string
}): SmtpVerdict {
  const row = ROWS.find((each) => each.stages.has(stage) && each.reply.test(reply) && each.enhanced.test(enhanced))
  // The last rows fit everything.
  return row?.verdict ?? 'deferred'
}

/** A final `.z` is a detail of any length; every other y and z stands for one digit. */
function patternOf(patterns: readonly string[]): RegExp {
  const each = patterns.map((pattern) => {
    if (pattern === 'any') return '.*'
    if (pattern === 'none') return 'none'
    return pattern
      .replace(/\.z$/, '.\\d+')
      .replace(/[yz]/g, '\\d')
      .replaceAll(/\.(?=\d|\\)/g, '\\.')
  })
  return new RegExp(`^(?:${each.join('|')})$`, 's')
}
