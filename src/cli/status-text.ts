import Table from 'cli-table3'
import { ALARMS, type Alarm, type AlarmName } from '../domain/alarms.ts'
import type { FailureReason } from '../domain/reasons.ts'
import type { DoneClearing } from '../store/clearings.ts'
import type { HeldSweep, LedgerStatus } from '../store/status.ts'
import { printable, style, withoutTrailingBlanks } from './output.ts'
import { BORDERLESS } from './table.ts'

/** What `status` shows. */
export type ShownStatus = Readonly<{
  ledger: LedgerStatus
  alarms: readonly Alarm[]
  /** The next slot of the schedule; null where none is known. */
  nextSlot: Date | null
}>

const LOCALE = 'en'
/** Of more held sweeps, `sweeps` tells. */
const MAX_HELD = 5

/** What mends each sort of failure, and then the command that tries again. */
const MENDED_BY: Readonly<Record<FailureReason, string>> = {
  'recipient-refused':
    'correct the address in billing, or "suppress remove" it; then "retry --reason recipient-refused"',
  'mail-refused': 'see the server\'s words in "explain GRANT", mend it; then "retry --reason mail-refused"',
  'address-unsupported': 'a mail server with SMTPUTF8, or another address; then "retry --reason address-unsupported"',
  uncertain: 'ask the recipient, or the mail server\'s log; "retry --reason uncertain" sends it again',
  'render-error': 'the log says what; mend it; then "retry --reason render-error"',
  'too-late': 'nothing: tighter stages are told all the same',
}

/** What a person does about each alarm, in a word. */
const ANSWERED_BY: Readonly<Partial<Record<AlarmName, string>>> = {
  'sweep-held': '"sweeps" shows it; then "approve ID" or "discard ID"',
  'sweep-overdue': 'is "start" running, or cron? its log tells',
  'notice-overdue': 'does the mail server take mails? "doctor" asks it',
  'nothing-sent': '"dry-run" says whom a run would tell, and why others are not',
  'mails-failed': 'below',
  'mails-uncertain': 'those given up, below; the others go out again by themselves',
  'grants-withheld': 'is ALLOWED_RECIPIENTS to be set here?',
}

/** The ledger in one screen, for people. */
export function statusText(shown: ShownStatus): string {
  return [
    ...verdict(shown),
    '',
    style('bold', 'Sweeps'),
    ...sweepLines(shown),
    '',
    style('bold', 'Mails'),
    ...mailLines(shown.ledger),
    ...section('Failed', failureLines(shown.ledger)),
    ...section('Grants without a mail, by the last sweep', skippedLines(shown.ledger)),
    ...section('Suppressed addresses', suppressionLines(shown.ledger)),
    ...section('Kept no longer', clearingLines(shown.ledger)),
  ].join('\n')
}

function verdict({ ledger, alarms }: ShownStatus): readonly string[] {
  const asOf = `As of ${ledger.now.toISOString()}, by the database's clock`
  if (alarms.length === 0) return [`${asOf}: ${style('green', 'nothing needs a person')}.`]
  const rows = alarms.map(({ name, detail }) => [
    style('yellow', name),
    `${detail}; ${ANSWERED_BY[name] ?? ALARMS[name]}`,
  ])
  return [`${asOf}: ${style('yellow', `needs a person: ${alarms.length}`)}`, ...lines(rows)]
}

function sweepLines({ ledger, nextSlot }: ShownStatus): readonly string[] {
  const { lastSweep, heldSweeps, lastDay, now } = ledger
  const last =
    lastSweep === null
      ? 'none yet'
      : `${lastSweep.id}, done ${span(lastSweep.finishedAt, now)} ago: ${count(lastSweep.emails)} mails of ${count(lastSweep.examined)} grants`
  return lines([
    ['last', printable(last)],
    ['next', nextSlot === null ? 'not known' : `${nextSlot.toISOString()}, by the schedule`],
    ['in 24 hours', `${count(lastDay.sweeps)}, with ${count(lastDay.planned)} mails planned`],
    ...heldSweeps.slice(0, MAX_HELD).map((sweep) => ['held', heldLine(sweep, now)]),
    ...(heldSweeps.length > MAX_HELD ? [['held', `and ${heldSweeps.length - MAX_HELD} more`]] : []),
  ])
}

function heldLine({ id, heldBecause, finishedAt }: HeldSweep, now: Date): string {
  return printable(`${id}, for ${span(finishedAt, now)}: ${heldBecause}`)
}

function mailLines({ outbox, lastDay, now }: LedgerStatus): readonly string[] {
  const { due, later, inHand, uncertain, oldestDueSince } = outbox
  const oldest = oldestDueSince === null ? '' : `, the first of them for ${span(oldestDueSince, now)}`
  return lines([
    ['due', `${count(due)}${oldest}`],
    ['for a later try', count(later)],
    ['in hand', count(inHand)],
    ['in doubt, of these', count(uncertain)],
    ['sent in 24 hours', count(lastDay.sent)],
  ])
}

function failureLines({ failures }: LedgerStatus): readonly string[] {
  const rows = failures.map(({ reason, lastDay, open }) => [
    reason,
    `${count(lastDay)} in 24 hours, ${count(open)} still in time`,
    style('dim', MENDED_BY[reason as FailureReason] ?? ''),
  ])
  return lines(rows)
}

function skippedLines({ lastSweep }: LedgerStatus): readonly string[] {
  const byCount = Object.entries(lastSweep?.skipped ?? {}).toSorted((a, b) => b[1] - a[1])
  return lines(byCount.map(([reason, grants]) => [reason, count(grants)]))
}

function suppressionLines({ suppressions }: LedgerStatus): readonly string[] {
  return lines(
    suppressions.map(({ reason, scope, addresses }) => [
      reason,
      `${count(addresses)}, kept from ${scope === 'all' ? 'all mail' : 'warnings'}`,
    ]),
  )
}

function clearingLines({ lastClearing, now }: LedgerStatus): readonly string[] {
  if (lastClearing === null) return []
  const { finishedAt, removedBefore, copies, mails, decisions, sweeps } = lastClearing
  const rows = [
    ['last cleared', `${span(finishedAt, now)} ago`],
    [
      'of that day',
      `copies ${count(copies)}, mails ${count(mails)}, reasons ${count(decisions)}, sweeps ${count(sweeps)}`,
    ],
  ]
  return lines(removedBefore === null ? rows : [...rows, ['older than', removedBefore.toISOString()]])
}

function section(title: string, content: readonly string[]): readonly string[] {
  return content.length === 0 ? [] : ['', style('bold', title), ...content]
}

function lines(rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return []
  const table = new Table({ style: { head: [], border: [], compact: true }, chars: BORDERLESS })
  for (const row of rows) table.push([...row])
  return [withoutTrailingBlanks(table.toString())]
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** `4 minutes`, `2 days`: in the largest unit of which there are two. */
function span(then: Date, now: Date): string {
  const ms = Math.max(0, now.getTime() - then.getTime())
  const [unit, length] =
    ms >= 2 * DAY_MS ? ['days', DAY_MS] : ms >= 2 * HOUR_MS ? ['hours', HOUR_MS] : ['minutes', MINUTE_MS]
  const number = Math.floor(ms / Number(length))
  return number === 0 ? 'less than a minute' : `${number} ${number === 1 ? 'minute' : unit}`
}

function count(number: number): string {
  return number.toLocaleString(LOCALE)
}

/** The same for machines. */
export function statusJson({ ledger, alarms, nextSlot }: ShownStatus) {
  const { now, lastSweep, heldSweeps, lastDay, outbox, failures, suppressions, lastClearing } = ledger
  return {
    now: now.toISOString(),
    alarms: alarms.map(({ name, detail }) => ({ name, detail })),
    sweeps: {
      last: lastSweep && {
        ...lastSweep,
        asOf: lastSweep.asOf.toISOString(),
        startedAt: lastSweep.startedAt.toISOString(),
        finishedAt: lastSweep.finishedAt.toISOString(),
      },
      next: nextSlot?.toISOString() ?? null,
      held: heldSweeps.map(({ id, asOf, emails, heldBecause, finishedAt }) => ({
        id,
        asOf: asOf.toISOString(),
        emails,
        heldBecause,
        heldAt: finishedAt.toISOString(),
      })),
    },
    lastDay,
    mails: { ...outbox, oldestDueSince: outbox.oldestDueSince?.toISOString() ?? null },
    failures,
    suppressions,
    clearing: lastClearing && clearingJson(lastClearing),
  }
}

function clearingJson({ finishedAt, removedBefore, copies, mails, decisions, sweeps }: DoneClearing) {
  return {
    finishedAt: finishedAt.toISOString(),
    removedBefore: removedBefore?.toISOString() ?? null,
    ...{ copies, mails, decisions, sweeps },
  }
}
