import { isDeliverableAddress, normaliseAddress } from '../../domain/address.ts'
import type { Account, Contact } from '../../domain/model.ts'
import { addresseesOf, type Objections } from '../../domain/reader.ts'
import type { DropReason } from '../../domain/reasons.ts'
import type { GrantStory } from '../../domain/story.ts'
import { type NextStep, whatComesNext } from '../../domain/what-next.ts'
import { readAccounts } from '../../store/accounts.ts'
import { addressHash } from '../../store/address-hash.ts'
import { readGrantsOfAccounts } from '../../store/candidates.ts'
import { findContactsByAddress } from '../../store/contacts-by-address.ts'
import { type NoticeRecord, readNoticesUntil } from '../../store/grant-history.ts'
import {
  type OptOutRecord,
  readOptOutsUntil,
  readSuppressionsUntil,
  type SuppressionRecord,
} from '../../store/kept-away-history.ts'
import { type Dossier, historyOf, readDossiers, waitingMail } from './dossier.ts'
import { type ExplainSetting, type RulesThen, type View, viewAt } from './view.ts'

/** Of so many accounts of one address, what comes next is worked out. */
const MAX_ACCOUNTS = 200

/** A contact that has the address, or had it when a mail was sent there. */
export type ContactOfAddress = Readonly<{
  accountId: string
  contactId: string
  /** Null where billing has no such account. */
  account: Account | null
  /** True where it has the address now: of former times, billing keeps no record. */
  hasItNow: boolean
  /** What stands against writing to it; null of one that does not have the address now, or was not looked at. */
  objections: Objections | null
  /** By grant, what comes next, the earliest first; empty where nothing was worked out. */
  next: readonly GrantStep[]
  /** Of how many grants nothing more comes, by reason; null: all was told. */
  nothing: readonly Readonly<{ reason: DropReason | null; grants: number }>[]
}>

/** `mail`: the one that a step waits for, where one is planned. */
export type GrantStep = Readonly<{ grantId: string; step: NextStep; mail: NoticeRecord['mail'] | null }>

/** A mail to the address with what it told, as it stood. */
export type MailOfAddress = NoticeRecord['mail'] &
  Readonly<{ accountId: string; contactId: string; notices: readonly NoticeRecord[] }>

/** Everything that can be told of one mail address at one time. */
export type AddressExplanation = Readonly<{
  asOf: Date
  isPast: boolean
  rules: RulesThen
  address: string
  /** False where no mail can be sent to it as it is written. */
  isDeliverable: boolean
  contacts: readonly ContactOfAddress[]
  suppressions: readonly SuppressionRecord[]
  /** What was asked by whoever has the address. */
  optOuts: readonly OptOutRecord[]
  /** Newest first. */
  mails: readonly MailOfAddress[]
  /** Of so many more accounts, what comes next was not worked out. */
  accountsLeftOut: number
}>

/** Tells of a mail address whose it is, what keeps mail from it, which mails it had, and what comes next. */
export async function explainAddress(
  setting: ExplainSetting,
  { address, asOf }: Readonly<{ address: string; asOf: Date | null }>,
): Promise<AddressExplanation> {
  const view = await viewAt(setting, asOf)
  const { db } = view
  const hash = addressHash(address)
  const [holders, notices] = [
    await findContactsByAddress(db, address),
    await readNoticesUntil(db, { mail: { addressHash: hash } }, view.asOf),
  ]
  const accountIds = [...new Set(holders.map(({ accountId }) => accountId))]
  const lookedAt = accountIds.slice(0, MAX_ACCOUNTS)
  const dossiers = await dossiersOf(view, lookedAt)
  const optOuts = await readOptOutsUntil(db, { accountIds, hashes: [hash] }, view.asOf)
  const isHolder = new Set(holders.map(({ id, accountId }) => `${accountId}\n${id}`))
  return {
    asOf: view.asOf,
    isPast: view.isPast,
    rules: view.rulesThen,
    address,
    isDeliverable: isDeliverableAddress(address.trim()),
    contacts: await contactsOf(view, { address, holders, notices, dossiers }),
    suppressions: await readSuppressionsUntil(db, [hash], view.asOf),
    optOuts: optOuts.filter(
      (wish) => wish.addressHash === hash || isHolder.has(`${wish.accountId}\n${wish.contactId ?? ''}`),
    ),
    mails: mailsOf(notices),
    accountsLeftOut: accountIds.length - lookedAt.length,
  }
}

async function dossiersOf(view: View, accountIds: readonly string[]): Promise<readonly Dossier[]> {
  const found = await readGrantsOfAccounts(view.db, accountIds)
  const accounts = await readAccounts(view.db, accountIds)
  const withGrants = new Set(found.map(({ accountId }) => accountId))
  const empty = accountIds
    .filter((id) => !withGrants.has(id))
    .map((accountId) => ({ accountId, account: accounts.get(accountId) ?? null, grants: [] }))
  return readDossiers(view, [...found, ...empty])
}

type Found = Readonly<{
  address: string
  holders: readonly Readonly<{ id: string; accountId: string }>[]
  notices: readonly NoticeRecord[]
  dossiers: readonly Dossier[]
}>

async function contactsOf(
  { db, rules }: View,
  { address, holders, notices, dossiers }: Found,
): Promise<readonly ContactOfAddress[]> {
  const dossierOf = new Map(dossiers.map((dossier) => [dossier.file.accountId, dossier]))
  const present = holders.map(({ id: contactId, accountId }) => ({ accountId, contactId, hasItNow: true }))
  const former = notices.map(({ accountId, contactId }) => ({ accountId, contactId, hasItNow: false }))
  const unique = new Map([...former, ...present].map((each) => [`${each.accountId}\n${each.contactId}`, each] as const))
  const accounts = await readAccounts(db, [...new Set([...unique.values()].map(({ accountId }) => accountId))])
  const wanted = normaliseAddress(address)
  return [...unique.values()].map((each) => {
    const dossier = each.hasItNow ? dossierOf.get(each.accountId) : undefined
    const addressee =
      dossier === undefined
        ? undefined
        : addresseesOf(dossier.file.contacts, rules).find(
            ({ contact, address: its }) => contact.id === each.contactId && its === wanted,
          )
    return {
      ...each,
      account: accounts.get(each.accountId) ?? null,
      objections: addressee?.objections ?? null,
      ...(dossier === undefined || addressee === undefined
        ? { next: [], nothing: [] }
        : nextOf(dossier, addressee.contact)),
    }
  })
}

/** What comes next for one contact of an account, and of how many grants nothing does. */
function nextOf(dossier: Dossier, contact: Contact): Pick<ContactOfAddress, 'next' | 'nothing'> {
  const { file, stories } = dossier
  const steps = [...stories].map(([grantId, story]) => {
    const step = stepFor(contact, story)
    return { grantId, step, mail: waitingMail(step, historyOf(dossier, grantId).notices) }
  })
  const reasons = file.grants
    .filter(({ id }) => !stories.has(id))
    .map(() => 'invalid-row' as DropReason | null)
    .concat(steps.flatMap(({ step }) => (step.kind === 'nothing' ? [step.reason] : [])))
  return {
    next: steps.filter(({ step }) => step.kind !== 'nothing').toSorted((a, b) => dueOf(a) - dueOf(b)),
    nothing: [...Map.groupBy(reasons, (reason) => reason)].map(([reason, all]) => ({ reason, grants: all.length })),
  }
}

/** What comes next of a grant for a contact; of one without stages, such as one that never expires, nothing. */
function stepFor({ id: contactId }: Contact, story: GrantStory): NextStep {
  const step = whatComesNext(story).find((each) => each.contactId === contactId)
  return step ?? { contactId, timeZone: 'UTC', kind: 'nothing', reason: story.reason }
}

function dueOf({ step }: GrantStep): number {
  return step.kind === 'nothing' ? Number.MAX_VALUE : step.dueAt.getTime()
}

function mailsOf(notices: readonly NoticeRecord[]): readonly MailOfAddress[] {
  return [...Map.groupBy(notices, ({ mail }) => mail.id).values()]
    .flatMap((ofMail) => {
      const [first] = ofMail
      if (first === undefined) return []
      const { mail, accountId, contactId } = first
      return [{ ...mail, accountId, contactId, notices: ofMail }]
    })
    .toSorted((a, b) => timeOf(b) - timeOf(a))
}

function timeOf({ sentAt, plannedAt }: MailOfAddress): number {
  return (sentAt ?? plannedAt).getTime()
}
