import type { Rules } from '../domain/rules.ts'
import { subtractInZone } from '../domain/zone.ts'
import type { Logger } from '../logger.ts'
import type { Database } from '../store/database.ts'
import { forgetOldCopies } from '../store/mail-copies.ts'

export type ClearingSetting = Readonly<{ db: Database; rules: Rules; log: Logger }>

/** What a clearing came to. */
export type Cleared = Readonly<{ copies: number }>

/**
 * Removes what is to be kept no longer. It may be called at any time and by many at once, and be broken off: what is left,
 * the next one finds.
 *
 * @param now the business time
 */
export async function clear({ db, rules, log }: ClearingSetting, now: Date, signal?: AbortSignal): Promise<Cleared> {
  const copies = await forgetOldCopies(db, keptSince(rules.keepMails, now), signal)
  if (copies > 0) log.info({ copies }, 'copies of mails cleared: their time is over, their hashes stay')
  return { copies }
}

/** Where mails are not kept, those that were kept before are cleared too. */
function keptSince(keepMails: Rules['keepMails'], now: Date): Date {
  return keepMails === null ? FAR_AHEAD : subtractInZone(now, keepMails.parts, 'UTC')
}

/** Later than any mail. */
const FAR_AHEAD = new Date('9999-01-01T00:00:00Z')
