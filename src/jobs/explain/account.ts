import type { AccountFile } from '../../domain/account-file.ts'
import type { NotedGrant } from '../../domain/as-noted.ts'
import { byWhatIsAskedFirst } from '../../domain/asked-first.ts'
import type { CreditGrant, UnreadableGrant } from '../../domain/model.ts'
import { type Addressee, addresseesOf } from '../../domain/reader.ts'
import type { GrantStory } from '../../domain/story.ts'
import { type NextStep, whatComesNext } from '../../domain/what-next.ts'
import { findLedgerGrants } from '../../store/account-notices.ts'
import { readAccounts } from '../../store/accounts.ts'
import { type AccountCandidates, readGrants, readGrantsOfAccounts } from '../../store/candidates.ts'
import type { DecisionRecord, NoticeRecord } from '../../store/grant-history.ts'
import { type Dossier, ELSEWHERE_FAULT, GONE_FAULT, historyOf, type KeptFromContact, readDossiers } from './dossier.ts'
import { type ExplainSetting, type RulesThen, type View, viewAt } from './view.ts'

/** A grant in short. */
export type GrantBrief = Readonly<{
  id: string
  grant: CreditGrant | UnreadableGrant
  story: GrantStory | null
  /** Of a past time, by whose word expiry and amount are told. */
  noted: NotedGrant | null
  notices: readonly NoticeRecord[]
  lastDecision: DecisionRecord | null
  next: readonly NextStep[]
}>

/** An account and all that touches its grants, at one time. */
export type AccountExplanation = Readonly<{
  asOf: Date
  isPast: boolean
  rules: RulesThen
  file: AccountFile
  /** Its contacts, and what stands against writing to each. */
  addressees: readonly Addressee[]
  kept: readonly KeptFromContact[]
  /** In the order in which support is asked about them. */
  grants: readonly GrantBrief[]
}>

/** Tells each grant of an account in short, and what touches them all. Null where neither billing nor the ledger knows it. */
export async function explainAccount(
  setting: ExplainSetting,
  { accountId, asOf }: Readonly<{ accountId: string; asOf: Date | null }>,
): Promise<AccountExplanation | null> {
  const view = await viewAt(setting, asOf)
  const candidates = await candidatesOf(view, accountId)
  if (candidates === null) return null
  const [dossier] = await readDossiers(view, [candidates])
  if (dossier === undefined) return null
  const { file, kept } = dossier
  return {
    asOf: view.asOf,
    isPast: view.isPast,
    rules: view.rulesThen,
    file,
    addressees: addresseesOf(file.contacts, view.rules),
    kept,
    grants: file.grants.map((grant) => briefOf(grant, dossier)).toSorted(byWhatIsAskedFirst(view.asOf)),
  }
}

/** The account with its grants, and those that it has no more and somebody was told of. */
async function candidatesOf({ db, asOf }: View, accountId: string): Promise<AccountCandidates | null> {
  const account = (await readAccounts(db, [accountId])).get(accountId) ?? null
  const [found] = await readGrantsOfAccounts(db, [accountId])
  const grants = found?.grants ?? []
  const known = new Set(grants.map(({ id }) => id))
  const gone = (await findLedgerGrants(db, accountId, asOf)).filter((id) => !known.has(id))
  if (account === null && grants.length === 0 && gone.length === 0) return null
  const elsewhere = new Set((await readGrants(db, gone)).flatMap((other) => other.grants.map(({ id }) => id)))
  const faultOf = (id: string) => (elsewhere.has(id) ? ELSEWHERE_FAULT : GONE_FAULT)
  return { accountId, account, grants: [...grants, ...gone.map((id) => ({ id, accountId, fault: faultOf(id) }))] }
}

function briefOf(grant: CreditGrant | UnreadableGrant, dossier: Dossier): GrantBrief {
  const { notices, decisions } = historyOf(dossier, grant.id)
  const story = dossier.stories.get(grant.id) ?? null
  return {
    id: grant.id,
    grant,
    story,
    noted: dossier.noted.get(grant.id) ?? null,
    notices,
    lastDecision: decisions.at(-1) ?? null,
    next: story === null ? [] : whatComesNext(story),
  }
}
