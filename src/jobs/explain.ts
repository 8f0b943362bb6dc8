import type { AccountFile } from '../domain/account-file.ts'
import { momentAt } from '../domain/reach.ts'
import type { Rules } from '../domain/rules.ts'
import { type GrantStory, tellStory } from '../domain/story.ts'
import { readAccountFiles } from '../store/account-files.ts'
import { readGrants } from '../store/candidates.ts'
import type { Database } from '../store/database.ts'
import { type DecisionRecord, type NoticeRecord, readGrantHistory } from '../store/grant-history.ts'
import { databaseNow } from '../store/sweep-ledger.ts'

/** Everything that can be told of one grant at one time. */
export type Explanation = Readonly<{
  asOf: Date
  file: AccountFile
  /** Null where the grant's row cannot be understood; `fault` says why. */
  story: GrantStory | null
  fault: string | null
  notices: readonly NoticeRecord[]
  decisions: readonly DecisionRecord[]
}>

/** The whole story of a grant: what was due, who was told, what came of it, and why not. Null where there is no such grant. */
export async function explainGrant(
  { db, rules }: Readonly<{ db: Database; rules: Rules }>,
  request: Readonly<{ grantId: string; asOf: Date | null }>,
): Promise<Explanation | null> {
  const asOf = request.asOf ?? (await databaseNow(db))
  const [file] = await readAccountFiles(db, await readGrants(db, [request.grantId]))
  const grant = file?.grants[0]
  if (file === undefined || grant === undefined) return null
  const { notices, decisions } = await readGrantHistory(db, request.grantId, asOf)
  const known = new Set(notices.map(({ id }) => id))
  // Of what was planned after the time asked for, nothing was known then.
  const asItWas = { ...file, told: file.told.filter(({ id }) => known.has(id)) }
  const story = 'fault' in grant ? null : tellStory(grant, asItWas, momentAt(rules, asOf))
  return { asOf, file: asItWas, story, fault: 'fault' in grant ? grant.fault : null, notices, decisions }
}
