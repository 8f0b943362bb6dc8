import type { AccountFile } from '../../domain/account-file.ts'
import { normaliseAddress } from '../../domain/address.ts'
import { asNoted, type NotedGrant } from '../../domain/as-noted.ts'
import { concerning, type KeptAwayThen, keptFrom } from '../../domain/kept-at.ts'
import type { Contact } from '../../domain/model.ts'
import { momentAt } from '../../domain/reach.ts'
import { type GrantStory, tellStories } from '../../domain/story.ts'
import type { LedgerNotice } from '../../domain/told.ts'
import type { NextStep } from '../../domain/what-next.ts'
import { readAccountFiles } from '../../store/account-files.ts'
import { addressHash } from '../../store/address-hash.ts'
import type { AccountCandidates } from '../../store/candidates.ts'
import { type GrantHistory, type NoticeRecord, readGrantHistories } from '../../store/grant-history.ts'
import { readGrantNotes } from '../../store/grant-notes.ts'
import {
  type OptOutRecord,
  readOptOutsUntil,
  readSuppressionsUntil,
  type SuppressionRecord,
} from '../../store/kept-away-history.ts'
import { readMailsThen } from '../../store/mails-then.ts'
import { lastSweepBefore } from '../../store/sweep-ledger.ts'
import { completionFor } from '../holdings.ts'
import type { View } from './view.ts'

/** What keeps mail from one contact, or did; one that was lifted by the time of the view says when. */
export type KeptFromContact = KeptAwayThen<SuppressionRecord, OptOutRecord> & Readonly<{ contact: Contact }>

/** All that is known of an account at one time, and of some of its grants. */
export type Dossier = Readonly<{
  /** As it stood: with grants as the ledger noted them, and what was kept from whom. */
  file: AccountFile
  kept: readonly KeptFromContact[]
  histories: ReadonlyMap<string, GrantHistory>
  /** Of a time since which sweeps have looked, by which word each grant is told. */
  noted: ReadonlyMap<string, NotedGrant>
  /** By grant; those whose row cannot be understood have none. */
  stories: ReadonlyMap<string, GrantStory>
}>

/** What stands in the place of a grant's row that is no longer there. */
export const GONE_FAULT = 'it is no longer there'
/** The same of one that billing has under another account. */
export const ELSEWHERE_FAULT = 'it belongs to another account now'

const NOTHING_TOLD: GrantHistory = { notices: [], decisions: [] }

/** Reads accounts and their grants as they stood at the time of the view, and tells each grant's story. */
export async function readDossiers(view: View, candidates: readonly AccountCandidates[]): Promise<readonly Dossier[]> {
  const { db, asOf, rules } = view
  const grantIds = candidates.flatMap(({ grants }) => grants.map(({ id }) => id))
  const histories = await readGrantHistories(db, grantIds, asOf)
  const noted = await readNoted(view, candidates)
  const read = await readAccountFiles(db, candidates)
  const keptOf = await readKept(view, read)
  const files = read.map((file) => fileThen(file, { histories, noted, kept: keptOf.get(file.accountId) ?? [] }))
  const completed = await (await completionFor(db, { rules, now: asOf }))(files)
  const moment = momentAt(rules, asOf, await lastSweepBefore(db, asOf))
  const hashes = completed.flatMap(({ contacts }) => contacts.map(({ email }) => addressHash(email)))
  const mails = await readMailsThen(db, hashes, asOf)
  const mailsToday = (address: string) => mails.get(addressHash(address)) ?? 0
  return completed.map((file) => ({
    file,
    kept: keptOf.get(file.accountId) ?? [],
    histories,
    noted,
    stories: tellStories(file, { moment, mailsToday }),
  }))
}

/** What the ledger holds of a grant; nothing, where it holds nothing. */
export function historyOf({ histories }: Pick<Dossier, 'histories'>, grantId: string): GrantHistory {
  return histories.get(grantId) ?? NOTHING_TOLD
}

/** The mail of the notice that a step waits for. */
export function waitingMail(step: NextStep, notices: readonly NoticeRecord[]): NoticeRecord['mail'] | null {
  if (step.kind !== 'waiting') return null
  return notices.find(({ id }) => id === step.noticeId)?.mail ?? null
}

async function readNoted(
  { db, asOf, now, isOvertaken }: View,
  candidates: readonly AccountCandidates[],
): Promise<ReadonlyMap<string, NotedGrant>> {
  if (!isOvertaken) return new Map()
  const grants = candidates.flatMap((each) => each.grants.flatMap((grant) => ('fault' in grant ? [] : [grant])))
  const notes = await readGrantNotes(
    db,
    grants.map(({ id }) => id),
  )
  return new Map(
    grants.map((grant) => {
      const known = notes.get(grant.id) ?? { expiries: [], amounts: [] }
      return [grant.id, asNoted(grant, known, { at: asOf, now })]
    }),
  )
}

async function readKept(
  { db, asOf }: View,
  files: readonly AccountFile[],
): Promise<ReadonlyMap<string, readonly KeptFromContact[]>> {
  const hashes = files.flatMap(({ contacts }) => contacts.map(({ email }) => addressHash(email)))
  const accountIds = files.map(({ accountId }) => accountId)
  const kept = {
    suppressions: await readSuppressionsUntil(db, hashes, asOf),
    optOuts: await readOptOutsUntil(db, { accountIds, hashes: [] }, asOf),
  }
  return new Map(
    files.map(({ accountId, contacts }) => [
      accountId,
      contacts.map((contact) => ({ contact, ...concerning(contact, addressHash(contact.email), kept) })),
    ]),
  )
}

type Then = Readonly<{
  histories: ReadonlyMap<string, GrantHistory>
  noted: ReadonlyMap<string, NotedGrant>
  kept: readonly KeptFromContact[]
}>

function fileThen(file: AccountFile, { histories, noted, kept }: Then): AccountFile {
  return {
    ...file,
    grants: file.grants.map((grant) => noted.get(grant.id)?.grant ?? grant),
    contacts: kept.map(({ contact, ...away }) => ({ ...contact, ...keptFrom(away) })),
    told: file.grants.flatMap(({ id }) => (histories.get(id)?.notices ?? []).flatMap(toldBy)),
  }
}

function toldBy(notice: NoticeRecord): readonly LedgerNotice[] {
  const { id, grantId, contactId, expiresAt, stage, dueAt, state, mail } = notice
  if (state === 'dropped') return []
  const address = normaliseAddress(mail.to)
  return [{ id, mailId: mail.id, grantId, contactId, address, expiresAt, stage, dueAt, state }]
}
