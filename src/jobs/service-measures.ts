import { ALARMS, type Alarm } from '../domain/alarms.ts'
import type { Measure, Sample } from '../metrics.ts'
import type { AttemptCounts } from './attempt-counts.ts'
import type { DeliveryCounts } from './delivery-counts.ts'
import type { Closure } from './gate.ts'
import type { Heart } from './heartbeat.ts'

/** What one instance knows of itself, whether the database answers or not. */
export type ServiceFacts = Readonly<{
  version: string
  isDatabaseUp: boolean
  alarms: readonly Alarm[]
  gate: Readonly<{ closure: Closure | null; share: number }>
  deliveries: DeliveryCounts
  attempts: AttemptCounts
  batchesInHand: number
  sweeps: SweepCounts
  heartbeats: ReturnType<Heart['counts']>
}>

/** How the sweeps of this instance have ended. */
export type SweepCounts = Readonly<Record<'planned' | 'held' | 'failed', number>>

const CLOSURES = ['service-refused', 'unreachable', 'throttled'] as const satisfies readonly Closure['reason'][]

export function serviceMeasures(facts: ServiceFacts): readonly Measure[] {
  const { alarms, gate } = facts
  const standing = new Set<string>(alarms.map(({ name }) => name))
  return [
    gauge('build_info', 'The version that runs.', [{ labels: { version: facts.version }, value: 1 }]),
    gauge('database_up', 'Whether the database answers. Where it does not, its figures are left out.', [
      { value: facts.isDatabaseUp ? 1 : 0 },
    ]),
    gauge('alarm', 'Whether an alarm stands; one of the database stands as it last stood while that does not answer.', [
      ...Object.keys(ALARMS).map((alarm) => ({ labels: { alarm }, value: standing.has(alarm) ? 1 : 0 })),
    ]),
    gauge('gate_closed', 'Whether this instance sends nothing for now, by the reason.', [
      ...CLOSURES.map((reason) => ({ labels: { reason }, value: gate.closure?.reason === reason ? 1 : 0 })),
    ]),
    gauge('sending_share_ratio', 'How much of its connections it uses: less after a server asked it to slow down.', [
      { value: gate.share },
    ]),
    gauge('batches_in_hand', 'Batches that this instance is delivering.', [{ value: facts.batchesInHand }]),
    counter('deliveries_total', 'What came of mails at this instance.', 'outcome', facts.deliveries),
    counter('smtp_attempts_total', "What the mail server's answers to this instance meant.", 'verdict', facts.attempts),
    counter('sweeps_total', 'How the sweeps of this instance have ended.', 'outcome', facts.sweeps),
    counter('heartbeats_total', 'How its calls of HEARTBEAT_URL have ended.', 'outcome', facts.heartbeats),
  ]
}

function gauge(name: string, help: string, samples: readonly Sample[]): Measure {
  return { name, help, kind: 'gauge', samples }
}

function counter(name: string, help: string, label: string, values: Readonly<Record<string, number>>): Measure {
  const samples = Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value }))
  return { name, help, kind: 'counter', samples }
}
