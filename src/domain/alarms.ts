import { type IsoDuration, nominalLengthMs } from './duration.ts'

/** When a person is to be told that something is wrong; null: never. */
export type AlarmLimits = Readonly<{
  /** How long after its slot a sweep has to be done, where sweeps do not usually take longer. */
  sweepLate: IsoDuration
  /** How long after the slot that hands it out a mail has to have left. */
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
  /** When that mail has to have left; null where none waits. */
  deliverBy: Date | null
  failed: number
  uncertain: number
}>

/** The alarms that stand by the ledger, in the order of the list. */
export function standingAlarms(situation: Situation, limits: AlarmLimits): readonly Alarm[] {
  const { heldSweeps, failed, uncertain, withheld } = situation
  const found: Readonly<Partial<Record<AlarmName, string | null>>> = {
    'sweep-overdue': overdueSweep(situation),
    'sweep-held': atLeast(1, heldSweeps, `sweeps held: ${heldSweeps}`),
    'notice-overdue': limits.noticeLate && overdueNotice(situation),
    'nothing-sent': limits.nothingSentFor && silence(situation, limits.nothingSentFor),
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

function overdueNotice({ now, oldestDueSince, deliverBy }: Situation): string | null {
  if (oldestDueSince === null || deliverBy === null || now < deliverBy) return null
  return `a mail waits since ${oldestDueSince.toISOString()}`
}

/** Mails that wait and are not late yet will break the silence; if they do not, they are an alarm of their own. */
function silence({ now, examined, quietSince, deliverBy }: Situation, longest: IsoDuration): string | null {
  if (examined === 0 || quietSince === null || (deliverBy !== null && now < deliverBy)) return null
  if (now.getTime() - quietSince.getTime() < nominalLengthMs(longest)) return null
  return `no mail was sent since ${quietSince.toISOString()}; grants within reach: ${examined}`
}

function atLeast(limit: number | null, count: number, detail: string): string | null {
  return limit !== null && count >= limit ? detail : null
}
