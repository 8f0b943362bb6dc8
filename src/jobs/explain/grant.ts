import type { AccountFile } from '../../domain/account-file.ts'
import type { NotedGrant } from '../../domain/as-noted.ts'
import type { GrantStory } from '../../domain/story.ts'
import { type NextStep, whatComesNext } from '../../domain/what-next.ts'
import { readAccounts } from '../../store/accounts.ts'
import { type AccountCandidates, readGrants } from '../../store/candidates.ts'
import type { Database } from '../../store/database.ts'
import { type DecisionRecord, type NoticeRecord, readGrantHistory } from '../../store/grant-history.ts'
import { GONE_FAULT, historyOf, type KeptFromContact, readDossiers } from './dossier.ts'
import { type ExplainSetting, type RulesThen, viewAt } from './view.ts'

/** Everything that can be told of one grant at one time. */
export type GrantExplanation = Readonly<{
  asOf: Date
  /** Of an earlier time the ledger is told as it was then, and so are the rules; see `noted` for the grant. */
  isPast: boolean
  rules: RulesThen
  grantId: string
  file: AccountFile
  /** Null where the grant's row cannot be understood, or is gone; `fault` says why. */
  story: GrantStory | null
  fault: string | null
  /** Of a past time, by whose word expiry and amount are told; null where there is no story, or it is of now. */
  noted: NotedGrant | null
  notices: readonly NoticeRecord[]
  decisions: readonly DecisionRecord[]
  /** What keeps mail from the account's contacts, or did. */
  kept: readonly KeptFromContact[]
  next: readonly NextStep[]
}>

/**
 * The whole story of a grant: what was due, who was told, what came of it, why not, and what comes next. Null where neither
 * billing nor the ledger knows it.
 */
export async function explainGrant(
  setting: ExplainSetting,
  { grantId, asOf }: Readonly<{ grantId: string; asOf: Date | null }>,
): Promise<GrantExplanation | null> {
  const view = await viewAt(setting, asOf)
  const [found] = await readGrants(setting.db, [grantId])
  const candidates = found ?? (await onlyInLedger(setting.db, grantId, view.now))
  if (candidates === null) return null
  const [dossier] = await readDossiers(view, [candidates])
  if (dossier === undefined) return null
  const grant = dossier.file.grants[0]
  const story = dossier.stories.get(grantId) ?? null
  return {
    asOf: view.asOf,
    isPast: view.isPast,
    rules: view.rulesThen,
    grantId,
    file: dossier.file,
    story,
    fault: grant !== undefined && 'fault' in grant ? grant.fault : null,
    noted: dossier.noted.get(grantId) ?? null,
    ...historyOf(dossier, grantId),
    kept: dossier.kept,
    next: story === null ? [] : whatComesNext(story),
  }
}

/** A grant that billing has no more, as far as the ledger knows it: whoever was told of it was told all the same. */
async function onlyInLedger(db: Database, grantId: string, now: Date): Promise<AccountCandidates | null> {
  const { notices, decisions } = await readGrantHistory(db, grantId, now)
  if (notices.length === 0 && decisions.length === 0) return null
  const accountId = notices[0]?.accountId ?? ''
  const account = (await readAccounts(db, [accountId])).get(accountId) ?? null
  return { accountId, account, grants: [{ id: grantId, accountId, fault: GONE_FAULT }] }
}
