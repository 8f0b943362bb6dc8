import type { AlarmLimits } from './alarms.ts'
import type { IsoDuration } from './duration.ts'
import type { Decimal, Stage, SuppressionScope } from './model.ts'
import type { AllowedRecipients } from './recipients.ts'

/** One step of a policy's ladder: so long before the expiry, a warning is due. */
export type Rung = Readonly<{ stage: Stage; before: IsoDuration }>

/** How grants of one kind expire, and when their owners are told. */
export type Policy = Readonly<{
  /** Life of a grant that states no expiry of its own; null: such a grant never expires. */
  validity: IsoDuration | null
  /** Widest first. */
  rungs: readonly Rung[]
  notifyExpired: boolean
  /** No warning, the tightest one aside, of what will be used in time at the pace of the last 28 days. */
  skipIfUsedUp: boolean
  /** Whether people are told where an expiry that they were told of moves to later. */
  notifyCorrection: boolean
  /** Whether mails bring a calendar file with the expiry. */
  calendar: boolean
}>

/** A local time of day (hour 0 to 23, minute 0 to 59), or as soon as due. */
export type SendAt = 'anytime' | Readonly<{ hour: number; minute: number }>

/** The company's rules, as `credit-reminders.yaml` states them, checked. */
export type Rules = Readonly<{
  timeZone: string
  locale: string
  sendAt: SendAt
  /** Cron expression, UTC. */
  schedule: string
  /** Where a reader buys or uses credits; null: the mails say to contact the sender. */
  billingUrl: string | null
  policies: Readonly<Record<string, Policy>>
  defaultPolicy: Policy
  /** Per unit; nothing is sent below it. */
  minimumRemaining: Readonly<Record<string, Decimal>>
  /** An expiry older than this is no news. */
  expiredWithin: IsoDuration
  /** A sweep that plans more mails than this is held for a person's approval. */
  maxEmailsPerSweep: number
  /** Likewise one that plans more than so many times what recent sweeps did; null: however many more. */
  maxGrowth: number | null
  /** Likewise one that would tell more than this share of all addresses that credits are gone; null: however many. */
  maxGoneShare: number | null
  /** What one click on "unsubscribe" keeps away: all mail, or warnings while the final notice still goes. */
  unsubscribeStops: SuppressionScope
  /** Mails beyond this to one address within 24 hours wait. */
  maxEmailsPerAddressPerDay: number
  /** How many mails all processes together send in a second; null: as many as they can. */
  maxPerSecond: number | null
  /** The same to one recipient domain, by its name in lower case and ASCII; `default` is for each one not named. */
  maxPerSecondPerDomain: Readonly<Record<string, number>>
  /** What becomes of a mail whose worker died while sending it. */
  onUncertain: 'resend' | 'hold'
  /** For how long the text of mails is kept as it was handed over; null: only their hashes, which are kept for good. */
  keepMails: IsoDuration | null
  /** For how long the ledger keeps what it need not know any more; null: for good. */
  retention: IsoDuration | null
  /** When a person is to be told that something is wrong. It decides nothing about mails. */
  alarms: AlarmLimits
  /**
   * On a trial installation, who alone may be written to; null: everybody. Not of the file but of the environment
   * (ALLOWED_RECIPIENTS), and not kept with a sweep: they are addresses.
   */
  allowedRecipients: AllowedRecipients | null
}>

/** The policy for a kind of grant: its own, or else the default. */
export function policyFor(rules: Rules, kind: string): Policy {
  return Object.hasOwn(rules.policies, kind) ? (rules.policies[kind] as Policy) : rules.defaultPolicy
}

/** Every policy that a grant may fall under. */
export function allPolicies({ policies, defaultPolicy }: Rules): readonly Policy[] {
  return [defaultPolicy, ...Object.values(policies)]
}
