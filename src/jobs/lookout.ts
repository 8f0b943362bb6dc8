import type { Rules } from '../domain/rules.ts'
import type { Logger } from '../logger.ts'
import type { Database } from '../store/database.ts'
import { readSight, type Sight } from './sight.ts'
import type { NextSlot } from './slots.ts'

/** Whoever asks in between is shown the last look. One that took long is kept for longer: looking must not be work. */
const FRESH_MS = 2000
const FRESH_PER_MS_TAKEN = 10

/** Looks at the ledger for whoever asks, and remembers what was last seen. */
export type Lookout = Readonly<{
  /** What the ledger shows now, or showed a moment ago; null where the database does not answer. */
  look: () => Promise<Sight | null>
  /** Looks now, whatever was seen before: what is under way may have begun too early. */
  lookAgain: () => Promise<void>
  /** The last that was seen of the ledger, and how long ago; null where nothing ever was. */
  lastSeen: () => Readonly<{ sight: Sight; ageMs: number }> | null
  /** Resolves when nobody looks any more. */
  settled: () => Promise<void>
}>

export function openLookout(
  setting: Readonly<{
    db: Database
    rules: Rules
    nextSlot: NextSlot
    serviceStartedAt: (now: Date) => Date
    log: Pick<Logger, 'warn'>
  }>,
): Lookout {
  const { db, log, ...view } = setting
  let last: Readonly<{ sight: Sight | null; atMs: number; tookMs: number }> | null = null
  let known: Readonly<{ sight: Sight; atMs: number }> | null = null
  let looking: Promise<Sight | null> | null = null

  const lookNow = async (): Promise<Sight | null> => {
    const begunMs = performance.now()
    const sight = await readSight(db, view).catch((error) => {
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
  return {
    look: async () => {
      const isFresh = last !== null && performance.now() - last.atMs < FRESH_MS + FRESH_PER_MS_TAKEN * last.tookMs
      if (last !== null && isFresh) return last.sight
      looking ??= lookNow()
      return looking
    },
    lookAgain: async () => {
      await looking
      looking ??= lookNow()
      await looking
    },
    lastSeen: () => (known === null ? null : { sight: known.sight, ageMs: performance.now() - known.atMs }),
    settled: async () => void (await looking),
  }
}
