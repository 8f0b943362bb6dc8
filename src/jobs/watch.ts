import { ALARMS, type Alarm, standingAlarms, stoppedDelivery } from '../domain/alarms.ts'
import { type Pulse, pulseOf } from '../domain/rhythm.ts'
import type { Rules } from '../domain/rules.ts'
import type { Logger } from '../logger.ts'
import type { Database } from '../store/database.ts'
import type { Closure } from './gate.ts'
import { readSight, rhythmOf, type Sight } from './sight.ts'
import { slotsOf } from './slots.ts'

const LOOK_EVERY_MS = 30_000
/** Whoever asks in between is shown the last look. One that took long is kept for longer: looking must not be work. */
const FRESH_MS = 2000
const FRESH_PER_MS_TAKEN = 10
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
  const { db, rules, gate, log } = setting
  const nextSlot = slotsOf(rules.schedule)
  const bornMs = performance.now()
  // The service's start by the database's clock, which is asked for nothing more than the look itself.
  const serviceStartedAt = (now: Date) => new Date(now.getTime() - (performance.now() - bornMs))
  let last: Readonly<{ sight: Sight | null; atMs: number; tookMs: number }> | null = null
  let known: Readonly<{ sight: Sight; atMs: number }> | null = null
  let looking: Promise<Sight | null> | null = null
  let announced: readonly Alarm[] = []

  const lookNow = async (): Promise<Sight | null> => {
    const begunMs = performance.now()
    const sight = await readSight(db, { rules, nextSlot, serviceStartedAt }).catch((error) => {
      // Said once: what else needs the database says the same, and more often.
      if (last === null || last.sight !== null) log.warn({ err: error }, 'the ledger cannot be looked at')
      return null
    })
    const atMs = performance.now()
    last = { sight, atMs, tookMs: atMs - begunMs }
    if (sight !== null) known = { sight, atMs }
    looking = null
    return sight
  }
  const look = async (): Promise<Sight | null> => {
    const isFresh = last !== null && performance.now() - last.atMs < FRESH_MS + FRESH_PER_MS_TAKEN * last.tookMs
    if (last !== null && isFresh) return last.sight
    looking ??= lookNow()
    return looking
  }
  /** Where the database does not answer, its alarms stand as they last stood. */
  const alarms = (): readonly Alarm[] => {
    const ofLedger = known === null ? [] : standingAlarms(known.sight.situation, rules.alarms)
    const ofGate = stoppedDelivery(gate.closure)
    return ofGate === null ? ofLedger : [...ofLedger, ofGate]
  }
  const check = async (): Promise<void> => {
    // What is under way may have begun before that which is to be seen.
    await looking
    looking ??= lookNow()
    await looking
    const standing = alarms()
    for (const { name, detail } of without(standing, announced)) log.error({ alarm: name, detail }, ALARMS[name])
    for (const { name } of without(announced, standing)) log.info({ alarm: name }, 'alarm over')
    announced = standing
  }
  const timer = setInterval(check, LOOK_EVERY_MS)
  await check()
  return {
    look,
    alarms,
    check,
    pulse: () => {
      const ageMs = known === null ? Number.POSITIVE_INFINITY : performance.now() - known.atMs
      if (known === null) return { status: 'unknown', lastGoodSweep: null, expectedBy: null }
      const { ledger, rhythm } = known.sight
      const now = new Date(ledger.now.getTime() + ageMs)
      const lastGoodSweep = ledger.lastSweep?.finishedAt ?? null
      const isSweeping = rhythm.sweepingSince !== null
      const times = { now, startedAt: serviceStartedAt(now), lastGoodSweep, isSweeping }
      const pulse = pulseOf(times, rhythmOf(rhythm, nextSlot), rules.alarms)
      return ageMs > OUTDATED_MS ? { ...pulse, status: 'unknown' } : pulse
    },
    stop: async () => {
      clearInterval(timer)
      await looking
    },
  }
}

function without(alarms: readonly Alarm[], others: readonly Alarm[]): readonly Alarm[] {
  return alarms.filter(({ name }) => !others.some((other) => other.name === name))
}
