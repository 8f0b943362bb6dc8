import type { Measure, Sample } from '../metrics.ts'
import type { Sight } from './sight.ts'

const MS_PER_SECOND = 1000

/** What the ledger and the queue show: the same whichever instance is asked. */
export function ledgerMeasures({ ledger, rhythm, situation }: Sight): readonly Measure[] {
  const { now, outbox, failures, suppressions, heldSweeps, lastDay } = ledger
  const held = heldSweeps.reduce((sum, { emails }) => sum + emails, 0)
  return [
    ...sweepMeasures(ledger, situation.sweepExpectedBy),
    gauge('sweep_running', 'Whether the queue has a sweep in the hands of a worker.', rhythm.sweepingSince ? 1 : 0),
    gauge('held_sweeps', 'Sweeps that wait for approval.', heldSweeps.length),
    gauges('mails', 'Mails that are not over, by what they wait for.', 'state', {
      due: outbox.due,
      later: outbox.later,
      in_hand: outbox.inHand,
      held,
    }),
    gauge(
      'uncertain_mails',
      'Mails in doubt: they go out again, or were given up in the last 24 hours.',
      situation.uncertain,
    ),
    gauge(
      'oldest_overdue_notice_seconds',
      'How long the mail that has waited longest could have left; 0 where none waits.',
      outbox.oldestDueSince === null ? 0 : Math.max(0, secondsBetween(outbox.oldestDueSince, now)),
    ),
    gauges('last_day_mails', 'Mails of the last 24 hours.', 'what', { planned: lastDay.planned, sent: lastDay.sent }),
    gauges(
      'last_day_failed_mails',
      'Mails given up in the last 24 hours, by reason.',
      'reason',
      Object.fromEntries(failures.map(({ reason, lastDay }) => [reason, lastDay])),
    ),
    gauges(
      'open_failed_mails',
      'Mails given up, whenever it was, that would still come in time, by reason.',
      'reason',
      Object.fromEntries(failures.map(({ reason, open }) => [reason, open])),
    ),
    gauges(
      'last_day_reports',
      'What came back about mails within 24 hours, by what it is.',
      'kind',
      rhythm.lastDayReports,
    ),
    gauge('last_mail_timestamp_seconds', 'When a mail was last sent.', secondsOf(rhythm.lastSentAt)),
    {
      name: 'suppressed_addresses',
      help: 'Addresses on the suppression list.',
      kind: 'gauge',
      samples: suppressions.map(({ reason, scope, addresses }) => ({ labels: { reason, scope }, value: addresses })),
    },
    {
      name: 'queue_jobs',
      help: 'Jobs of the queue, of all instances; one of deliver is a batch of up to 100 mails.',
      kind: 'gauge',
      samples: Object.entries(rhythm.backlog).flatMap(([queue, states]) =>
        Object.entries(states).map(([state, value]) => ({ labels: { queue, state }, value })),
      ),
    },
    gauge(
      'last_clearing_timestamp_seconds',
      'When what is kept no longer was last removed.',
      secondsOf(ledger.lastClearing?.finishedAt ?? null),
    ),
    gauge('pace_ahead_seconds', 'How far ahead departures are booked under maxPerSecond.', rhythm.paceAheadSeconds),
  ]
}

function sweepMeasures({ now, lastSweep }: Sight['ledger'], expectedBy: Date | null): readonly Measure[] {
  const expected = 'When the next good sweep has to be done; after it, sweeps are overdue.'
  const next = gauge('sweep_expected_timestamp_seconds', expected, secondsOf(expectedBy))
  if (lastSweep === null) return [next]
  const { startedAt, finishedAt, examined, emails, skipped } = lastSweep
  return [
    next,
    gauge('last_sweep_timestamp_seconds', 'When the last good sweep was done.', secondsOf(finishedAt)),
    gauge(
      'last_sweep_age_seconds',
      'How long ago that was, by the clock of the database.',
      secondsBetween(finishedAt, now),
    ),
    gauge('last_sweep_duration_seconds', 'How long it took.', secondsBetween(startedAt, finishedAt)),
    gauge('last_sweep_examined_grants', 'Grants that it looked at.', examined),
    gauge('last_sweep_planned_mails', 'Mails that it planned.', emails),
    gauges('last_sweep_skipped_grants', 'Grants that it planned no mail for, by reason.', 'reason', skipped),
    gauge('last_sweep_withheld_grants', 'Of these, those withheld by ALLOWED_RECIPIENTS.', skipped.withheld ?? 0),
  ]
}

/** @param value null where it is not known */
function gauge(name: string, help: string, value: number | null): Measure {
  return { name, help, kind: 'gauge', samples: value === null ? [] : [{ value }] }
}

function gauges(name: string, help: string, label: string, values: Readonly<Record<string, number>>): Measure {
  const samples: Sample[] = Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value }))
  return { name, help, kind: 'gauge', samples }
}

function secondsOf(instant: Date | null): number | null {
  return instant && instant.getTime() / MS_PER_SECOND
}

function secondsBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / MS_PER_SECOND
}
