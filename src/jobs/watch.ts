import { ALARMS, type Alarm, standingAlarms, stoppedDelivery } from '../domain/alarms.ts'
import { type Pulse, pulseOf } from '../domain/rhythm.ts'
import type { Rules } from '../domain/rules.ts'
import type { Logger } from '../logger.ts'
import type { Database } from '../store/database.ts'
import type { Closure } from './gate.ts'
import { openLookout } from './lookout.ts'
import { rhythmOf, type Sight } from './sight.ts'
import { slotsOf } from './slots.ts'

const LOOK_EVERY_MS = 30_000
/** What was seen so long ago says nothing of the present. */
const OUTDATED_MS = 4 * LOOK_EVERY_MS

/** Looks after the service, and says what it sees to whoever asks: the log, `/healthz`, `/readyz` and `/metrics`. */
export type Watch = Readonly<{
  /** What the ledger shows now, or showed a moment ago; null where the database does not answer. */
  look: () => Promise<Sight | null>
  /** Whether the sweeps go on, by the last look: it asks nobody, and answers at once. */
  pulse: () => Pulse
  alarms: () => readonly Alarm[]
  /** Looks now, whatever was seen before, and announces the alarms that have begun or ended. Never throws. */
  check: () => Promise<void>
  stop: () => Promise<void>
}>

/** Resolves when it has looked for the first time. */
export async function startWatch(
  setting: Readonly<{
    db: Database
    rules: Rules
    gate: Readonly<{ closure: Closure | null }>
    log: Pick<Logger, 'info' | 'warn' | 'error'>
  }>,
): Promise<Watch> {
  const { rules, gate, log } = setting
  const nextSlot = slotsOf(rules.schedule)
  const bornMs = performance.now()
  // The service's start by the database's clock, which is asked for nothing more than the look itself.
  const serviceStartedAt = (now: Date) => new Date(now.getTime() - (performance.now() - bornMs))
  const lookout = openLookout({ ...setting, nextSlot, serviceStartedAt })
  let announced: readonly Alarm[] = []

  /** Where the database does not answer, its alarms stand as they last stood. */
  const alarms = (): readonly Alarm[] => {
    const seen = lookout.lastSeen()
    const ofLedger = seen === null ? [] : standingAlarms(seen.sight.situation, rules.alarms)
    const ofGate = stoppedDelivery(gate.closure)
    return ofGate === null ? ofLedger : [...ofLedger, ofGate]
  }
  const check = async (): Promise<void> => {
    await lookout.lookAgain()
    const standing = alarms()
    for (const { name, detail } of without(standing, announced)) log.error({ alarm: name, detail }, ALARMS[name])
    for (const { name } of without(announced, standing)) log.info({ alarm: name }, 'alarm over')
    announced = standing
  }
  const pulse = (): Pulse => {
    const seen = lookout.lastSeen()
    if (seen === null) return { status: 'unknown', lastGoodSweep: null, expectedBy: null }
    const { ledger, rhythm } = seen.sight
    const now = new Date(ledger.now.getTime() + seen.ageMs)
    const lastGoodSweep = ledger.lastSweep?.finishedAt ?? null
    const isSweeping = rhythm.sweepingSince !== null
    const times = { now, startedAt: serviceStartedAt(now), lastGoodSweep, isSweeping }
    const found = pulseOf(times, rhythmOf(rhythm, nextSlot), rules.alarms)
    return seen.ageMs > OUTDATED_MS ? { ...found, status: 'unknown' } : found
  }
  const timer = setInterval(check, LOOK_EVERY_MS)
  await check()
  const stop = async () => {
    clearInterval(timer)
    await lookout.settled()
  }
  return { look: lookout.look, alarms, check, pulse, stop }
}

function without(alarms: readonly Alarm[], others: readonly Alarm[]): readonly Alarm[] {
  return alarms.filter(({ name }) => !others.some((other) => other.name === name))
}
