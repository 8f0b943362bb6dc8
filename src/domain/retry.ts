import type { AccountFile } from './account-file.ts'
import { confirmMail, type PendingMail } from './confirm.ts'
import type { Moment } from './reach.ts'
import type { DropReason, FailureReason } from './reasons.ts'

/** A mail that was given up, its failed notices as they were planned. */
export type FailedMail = PendingMail & Readonly<{ reason: FailureReason }>

/** Why a failed mail is left as it is: nothing would be left of it if it were built now, or one of these. */
export type LeftReason = DropReason | 'deadline-passed' | 'may-have-arrived'

/** What a person's wish to try again makes of a failed mail. */
export type RetryDecision = Readonly<{ kind: 'put-back' } | { kind: 'left'; reason: LeftReason }>

/**
 * Whether a failed mail can go out after all, as its grants, contact and ledger stand now: asked of the same function
 * that will read them again when the mail is built, so that nothing is put back only to be cancelled.
 *
 * @param options.isAskedFor true where the person named this mail, or mails in doubt: it may arrive twice
 */
export function decideRetry(
  mail: FailedMail,
  file: AccountFile,
  options: Readonly<{ moment: Moment; isAskedFor: boolean }>,
): RetryDecision {
  const { moment, isAskedFor } = options
  if (moment.now >= mail.deadline) return { kind: 'left', reason: 'deadline-passed' }
  if (mail.reason === 'uncertain' && !isAskedFor) return { kind: 'left', reason: 'may-have-arrived' }
  const { lines, dropped } = confirmMail(mail, file, { moment, locales: [] })
  if (lines.length > 0) return { kind: 'put-back' }
  return { kind: 'left', reason: dropped[0]?.reason ?? 'grant-missing' }
}
