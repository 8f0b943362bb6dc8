import type { AccountFile } from '../domain/account-file.ts'
import { normaliseAddress } from '../domain/address.ts'
import { momentAt } from '../domain/reach.ts'
import type { Rules } from '../domain/rules.ts'
import { type GrantStory, tellStory } from '../domain/story.ts'
import type { LedgerNotice } from '../domain/told.ts'
import { readAccountFiles, readMailsToday } from '../store/account-files.ts'
import { addressHash } from '../store/address-hash.ts'
import { readGrants } from '../store/candidates.ts'
import type { Database } from '../store/database.ts'
import { type DecisionRecord, type NoticeRecord, readGrantHistory } from '../store/grant-history.ts'
import { type ContactOptOut, findOptOuts } from '../store/opt-outs.ts'
import { findSuppressions, type Suppression } from '../store/suppression-list.ts'
import { databaseNow, lastSweepBefore } from '../store/sweep-ledger.ts'
import { completionFor } from './holdings.ts'

/** Everything that can be told of one grant at one time. */
export type Explanation = Readonly<{
  asOf: Date
  /** Of an earlier time the ledger is told as it was, but grant, contacts and rules as they are. */
  isPast: boolean
  file: AccountFile
  /** Null where the grant's row cannot be understood; `fault` says why. */
  story: GrantStory | null
  fault: string | null
  notices: readonly NoticeRecord[]
  decisions: readonly DecisionRecord[]
  /** What is on the suppression list of the account's contacts. */
  suppressions: readonly ContactSuppression[]
  /** What its contacts asked not to be sent about it. */
  optOuts: readonly ContactOptOut[]
}>

export type ContactSuppression = Suppression & Readonly<{ contactId: string }>

/** The whole story of a grant: what was due, who was told, what came of it, and why not. Null where there is no such grant. */
export async function explainGrant(
  { db, rules }: Readonly<{ db: Database; rules: Rules }>,
  request: Readonly<{ grantId: string; asOf: Date | null }>,
): Promise<Explanation | null> {
  const now = await databaseNow(db)
  const asOf = request.asOf ?? now
  const [current] = await readAccountFiles(db, await readGrants(db, [request.grantId]))
  const grant = current?.grants[0]
  if (current === undefined || grant === undefined) return null
  const { notices, decisions } = await readGrantHistory(db, request.grantId, asOf)
  const [known = current] = await (await completionFor(db, { rules, now: asOf }))([current])
  const file = { ...known, told: notices.flatMap((notice) => toldBy(notice, request.grantId)) }
  const hashed = file.contacts.map(({ id, email }) => ({ contactId: id, hash: addressHash(email) }))
  const suppressions = await readSuppressionsOf(db, hashed)
  const optOuts = await findOptOuts(db, file.accountId, hashed)
  const facts = { asOf, isPast: asOf < now, file, notices, decisions, suppressions, optOuts }
  if ('fault' in grant) return { ...facts, story: null, fault: grant.fault }
  const mails = await readMailsToday(db, file.contacts, asOf, null)
  const moment = momentAt(rules, asOf, await lastSweepBefore(db, asOf))
  const context = { moment, mailsToday: (address: string) => mails.get(address) ?? 0 }
  return { ...facts, story: tellStory(grant, file, context), fault: null }
}

async function readSuppressionsOf(
  db: Database,
  hashed: readonly Readonly<{ contactId: string; hash: string }>[],
): Promise<readonly ContactSuppression[]> {
  const found = await findSuppressions(
    db,
    hashed.map(({ hash }) => hash),
  )
  return hashed.flatMap(({ contactId, hash }) =>
    found.filter(({ addressHash }) => addressHash === hash).map((suppression) => ({ ...suppression, contactId })),
  )
}

function toldBy(
  { id, contactId, expiresAt, stage, dueAt, state, mail }: NoticeRecord,
  grantId: string,
): LedgerNotice[] {
  if (state === 'dropped') return []
  const address = normaliseAddress(mail.to)
  return [{ id, mailId: mail.id, grantId, contactId, address, expiresAt, stage, dueAt, state }]
}
