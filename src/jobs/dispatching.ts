import type { PgBoss } from 'pg-boss'
import type { Logger } from '../logger.ts'
import type { Database } from '../store/database.ts'
import { dispatchDueMails } from '../store/dispatch.ts'
import { databaseNow } from '../store/sweep-ledger.ts'

const DISPATCH_TIMEOUT_MS = 10 * 60_000
const EVERY_MS = 60_000

/**
 * Hands out what is due and in nobody's hands: mails whose next try has come, in doubt, given back, or lost by the queue.
 *
 * @param asOf the business time of a run as of another time; null for the present
 * @returns how many
 */
export function dispatchLeft(
  { db, queue }: Readonly<{ db: Database; queue: PgBoss }>,
  asOf: Date | null,
): Promise<number> {
  return db.$transaction(async (tx) => dispatchDueMails(queue, tx, { now: asOf ?? (await databaseNow(tx)), asOf }), {
    timeout: DISPATCH_TIMEOUT_MS,
  })
}

/**
 * Does so each minute, between the sweeps: a schedule may have but one a day, and a mail that was turned away for five
 * minutes should not wait for it. Several instances share what they find.
 */
export function startDispatching(
  setting: Readonly<{ db: Database; queue: PgBoss; log: Logger }>,
): Readonly<{ stop: () => Promise<void> }> {
  const { log } = setting
  let current: Promise<void> = Promise.resolve()
  let isBusy = false
  const dispatch = async () => {
    try {
      const dispatched = await dispatchLeft(setting, null)
      if (dispatched > 0) log.info({ dispatched }, 'mails handed out again')
    } catch (error) {
      log.warn({ err: error }, 'mails that wait for another try could not be handed out; it is tried again')
    } finally {
      isBusy = false
    }
  }
  const timer = setInterval(() => {
    if (isBusy) return
    isBusy = true
    current = dispatch()
  }, EVERY_MS)
  return {
    stop: async () => {
      clearInterval(timer)
      await current
    },
  }
}
