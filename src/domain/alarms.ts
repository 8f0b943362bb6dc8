import { type IsoDuration, nominalLengthMs } from './duration.ts'

/** When a person is to be told that something is wrong; null: never. */
export type AlarmLimits = Readonly<{
  /** How long after its slot a sweep has to be done, where sweeps do not usually take longer. */
  sweepLate: IsoDuration
  /** How long after it could have left a mail has to have left. */
  noticeLate: IsoDuration | null
  /** For how long nothing may be sent while there are grants within reach. */
  nothingSentFor: IsoDuration | null
  /** From how many mails on, within 24 hours. */
  failedMails: number | null
  uncertainMails: number | null
  /** From how many grants on, in the latest sweep. */
  withheldGrants: number | null
}>

/** What an alarm is about: the closed list of their names, with words for people. */
export const ALARMS = {
  'sweep-overdue': 'the last good sweep is older than the schedule allows',
  'sweep-held': 'a sweep waits for approval',
  'notice-overdue': 'a mail that could have left still waits',
  'nothing-sent': 'grants are within reach, and no mail was sent for long',
  'mails-failed': 'mails were given up in the last 24 hours',
  'mails-uncertain': 'mails may or may not have arrived',
  'grants-withheld': 'recipients are not on the list of allowed ones',
  'delivery-stopped': 'the mail server refuses us or cannot be reached',
} as const

export type AlarmName = keyof typeof ALARMS

/** One that stands, with what it was found by. */
export type Alarm = Readonly<{ name: AlarmName; detail: string }>

/** How the ledger stands, as far as alarms go by it. */
export type Situation = Readonly<{
  /** By the database's clock, as are all other instants here. */
  now: Date
  lastGoodSweep: Date | null
  /** When the next good sweep has to be done; null where the schedule has no slot to come. */
  sweepExpectedBy: Date | null
  /** Sweeps that wait for a person. */
  heldSweeps: number
  /** Of the latest sweep: grants that it looked at, and those withheld. */
  examined: number
  withheld: number
  /** The last mail sent; where there is none, the first sweep; null where there was none either. */
  quietSince: Date | null
  /** Since when the mail that has waited longest could have left; null where none waits. */
  oldestDueSince: Date | null
  /** Mails given up in the last 24 hours, but for those in doubt. */
  failed: number
  /** Mails that may or may not have arrived: those that go out again, and those given up in the last 24 hours. */
  uncertain: number
}>

/** The alarms that stand by the ledger, in the order of the list. */
export function standingAlarms(situation: Situation, limits: AlarmLimits): readonly Alarm[] {
  const { heldSweeps, failed, uncertain, withheld } = situation
  const found: Readonly<Partial<Record<AlarmName, string | null>>> = {
    'sweep-overdue': overdueSweep(situation),
    'sweep-held': atLeast(1, heldSweeps, `sweeps held: ${heldSweeps}`),
    'notice-overdue': limits.noticeLate && overdueNotice(situation, limits.noticeLate),
    'nothing-sent': limits.nothingSentFor && silence(situation, limits),
    'mails-failed': atLeast(limits.failedMails, failed, `mails failed in 24 hours: ${failed}`),
    'mails-uncertain': atLeast(limits.uncertainMails, uncertain, `mails in doubt: ${uncertain}`),
    'grants-withheld': atLeast(limits.withheldGrants, withheld, `grants withheld in the latest sweep: ${withheld}`),
  }
  return (Object.keys(ALARMS) as AlarmName[]).flatMap((name) => {
    const detail = found[name] ?? null
    return detail === null ? [] : [{ name, detail }]
  })
}

/**
 * The alarm of a gate that is shut. To slow down when a server asks for it is no fault: if it lasts, mails come late,
 * and that is an alarm of its own.
 */
export function stoppedDelivery(closure: Readonly<{ reason: string; detail: string }> | null): Alarm | null {
  if (closure === null || closure.reason === 'throttled') return null
  return { name: 'delivery-stopped', detail: `${closure.reason}: ${closure.detail}` }
}

function overdueSweep({ now, lastGoodSweep, sweepExpectedBy }: Situation): string | null {
  if (sweepExpectedBy === null || now < sweepExpectedBy) return null
  const last = lastGoodSweep === null ? 'there was none yet' : `the last was done at ${lastGoodSweep.toISOString()}`
  return `a sweep was expected by ${sweepExpectedBy.toISOString()}; ${last}`
}

function overdueNotice({ now, oldestDueSince }: Situation, longest: IsoDuration): string | null {
  if (!isLonger(longest, oldestDueSince, now)) return null
  return `a mail waits since ${oldestDueSince.toISOString()}`
}

function silence(situation: Situation, { nothingSentFor, noticeLate }: AlarmLimits): string | null {
  const { now, examined, quietSince, oldestDueSince } = situation
  if (examined === 0 || nothingSentFor === null || !isLonger(nothingSentFor, quietSince, now)) return null
  // What waits and is not late yet will break the silence.
  if (oldestDueSince !== null && noticeLate !== null && !isLonger(noticeLate, oldestDueSince, now)) return null
  return `no mail was sent since ${quietSince.toISOString()}; grants within reach: ${examined}`
}

function isLonger(limit: IsoDuration, since: Date | null, now: Date): since is Date {
  return since !== null && now.getTime() - since.getTime() >= nominalLengthMs(limit)
}

function atLeast(limit: number | null, count: number, detail: string): string | null {
  return limit !== null && count >= limit ? detail : null
}
