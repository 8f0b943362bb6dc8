import { setTimeout } from 'node:timers/promises'
import type { Logger } from '../logger.ts'
import type { Bookmark } from '../mail/mailbox.ts'
import { databaseFault } from '../store/database-fault.ts'
import { type BounceSetting, readBounces } from './bounces.ts'

/** A bounce a few minutes late suppresses in time: the next mail to its address is hours away. */
const READ_EVERY_MS = 5 * 60_000

/**
 * Reads the mailbox for bounces now and every five minutes. What goes wrong is said in one line, and tried again the next
 * time. Several instances may read it: a report counts once.
 */
export function startBounceReading(
  setting: BounceSetting & Readonly<{ log: Logger }>,
): Readonly<{ stop: () => Promise<void> }> {
  const stopping = new AbortController()
  const { signal } = stopping
  const reading = (async () => {
    let after: Bookmark | null = null
    while (!signal.aborted) {
      after = await readOnce(setting, { after, signal })
      await setTimeout(READ_EVERY_MS, undefined, { signal }).catch(() => {})
    }
  })()
  return {
    stop: async () => {
      stopping.abort()
      await reading
    },
  }
}

async function readOnce(
  setting: BounceSetting & Readonly<{ log: Logger }>,
  at: Readonly<{ after: Bookmark | null; signal: AbortSignal }>,
): Promise<Bookmark | null> {
  const { log } = setting
  try {
    const { reports, unsubscribed, leftAlone, bookmark } = await readBounces(setting, at)
    const isNews = unsubscribed > 0 || Object.values(reports).some((count) => count > 0)
    log[isNews ? 'info' : 'debug']({ ...reports, unsubscribed, leftAlone }, 'bounces read')
    return bookmark
  } catch (error) {
    if (!at.signal.aborted)
      log.warn({ err: databaseFault(error) ?? error }, 'bounces not read; tried again in 5 minutes')
    return at.after
  }
}
