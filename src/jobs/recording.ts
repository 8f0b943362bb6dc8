import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from '../logger.ts'
import type { Database } from '../store/database.ts'
import { databaseFault } from '../store/database-fault.ts'
import { type Departure, exchange, type MailResult } from '../store/mail-results.ts'
import { suppressRefused } from '../store/suppressions.ts'

/** While the database is away. What was sent and is not recorded would go out twice. */
const LONGEST_PAUSE_MS = 1000

/** Where, and for how long. */
export type Recorder = Readonly<{
  db: Database
  log: Logger
  /** From then on, a database that is away is waited for no longer. */
  isOver: () => boolean
}>

export type Recorded = Readonly<{
  /** The ids of the mails that may leave. */
  departed: ReadonlySet<string>
  /** Why the database will not have some results, by the ids of their mails. */
  unrecordable: ReadonlyMap<string, unknown>
}>

/**
 * Writes down what came of some mails, and which ones leave now. Tried until it is done: nothing that came back may be
 * lost because the database was away. One result that the database will not have at all costs only itself.
 *
 * @throws what the database says, where the time for trying is over
 */
export async function record(
  recorder: Recorder,
  entries: Readonly<{ results: readonly MailResult[]; departures: readonly Departure[] }>,
): Promise<Recorded> {
  try {
    return { departed: await writeUntilDone(recorder, entries), unrecordable: new Map() }
  } catch (error) {
    if (databaseFault(error) !== null) throw error
    recorder.log.error({ mails: entries.results.length, err: error }, 'results were refused; each is tried alone')
    const unrecordable = await recordEach(recorder, entries.results)
    return { departed: await writeUntilDone(recorder, { ...entries, results: [] }), unrecordable }
  }
}

async function recordEach(recorder: Recorder, results: readonly MailResult[]): Promise<ReadonlyMap<string, unknown>> {
  const unrecordable = new Map<string, unknown>()
  for (const result of results) {
    try {
      await writeUntilDone(recorder, { results: [result], departures: [] })
    } catch (error) {
      recorder.log.error({ mail: result.id, err: error }, 'the result of a mail cannot be recorded')
      unrecordable.set(result.id, error)
    }
  }
  return unrecordable
}

async function writeUntilDone(
  { db, log, isOver }: Recorder,
  { results, departures }: Parameters<typeof record>[1],
): Promise<ReadonlySet<string>> {
  for (let attempt = 1; ; attempt++) {
    try {
      const departed = await exchange(db, { results, departures })
      await suppressRefused(db, results)
      return departed
    } catch (error) {
      if (databaseFault(error) === null || isOver()) throw error
      log.warn({ mails: results.length, attempt, err: error }, 'results could not be recorded; it is tried again')
      await pause(Math.min(LONGEST_PAUSE_MS, 100 * attempt))
    }
  }
}
