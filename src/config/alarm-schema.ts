import { z } from 'zod'
import { DEFAULT_ALARMS } from './default-rules.ts'
import { duration } from './rules-values.ts'

const count = z.int().min(1).max(1_000_000_000).nullable()

/** The part of the rules that says when a person is to be told that something is wrong. */
export const alarmLimits = z.strictObject({
  sweepLate: duration
    .prefault(DEFAULT_ALARMS.sweepLate)
    .describe(
      'How long after its slot a sweep has to be done, where sweeps do not usually take longer than half of it.',
    ),
  noticeLate: duration
    .nullable()
    .prefault(DEFAULT_ALARMS.noticeLate)
    .describe('How long after it could have left a mail has to have left. null: off.'),
  nothingSentFor: duration
    .nullable()
    .prefault(DEFAULT_ALARMS.nothingSentFor)
    .describe('For how long nothing may be sent while there are grants within reach. null: off.'),
  failedMails: count
    .default(DEFAULT_ALARMS.failedMails)
    .describe('So many mails given up in 24 hours are an alarm. null: off.'),
  uncertainMails: count
    .default(DEFAULT_ALARMS.uncertainMails)
    .describe('So many mails that may or may not have arrived are an alarm. null: off.'),
  withheldGrants: count
    .default(DEFAULT_ALARMS.withheldGrants)
    .describe('So many grants withheld by ALLOWED_RECIPIENTS in a sweep are an alarm. null: off.'),
})

export const ALARM_SETTINGS = Object.keys(alarmLimits.shape)
