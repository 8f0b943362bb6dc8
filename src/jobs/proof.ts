import { createHash } from 'node:crypto'
import { rulesText } from '../config/rules-text.ts'
import type { CreditGrant } from '../domain/model.ts'
import { sourceOfCopy, unpackedDictionary } from '../mail/mail-copy.ts'
import { type MailWords, readWords } from '../mail/read-words.ts'
import { readAccounts } from '../store/accounts.ts'
import { readGrants } from '../store/candidates.ts'
import type { Database } from '../store/database.ts'
import { type NoticeRecord, readNoticesUntil } from '../store/grant-history.ts'
import { inParts } from '../store/in-parts.ts'
import { type KeptCopy, readCopies } from '../store/mail-copies.ts'
import { databaseNow } from '../store/sweep-ledger.ts'
import { readMailsAbout, type ToldMail } from '../store/told-mails.ts'

/** What is left of a try that may have arrived. */
export type ProvenCopy = Readonly<{
  attempt: number
  at: Date
  /** SHA-256 of the whole message, in hex. */
  sourceHash: string
  sourceBytes: number
  /**
   * - `whole`: the message is there, and its hash is the one that was kept.
   * - `hash-only`: its time is over, mails are not kept, or whom it went to was forgotten.
   * - `altered`: what is there is not what was kept.
   */
  state: 'whole' | 'hash-only' | 'altered'
  source: Buffer | null
  /** The name of the file that it is written to; null where the message is not there. */
  file: string | null
  /** What the message says, for whoever has no mail program at hand; null where it is not there. */
  words: MailWords | null
}>

/** A mail with its lines, as they stood. */
export type MailThen = ToldMail & Readonly<{ notices: readonly NoticeRecord[] }>

/** A mail that told of the grant, or may have. */
export type ProvenMail = Readonly<{
  mail: MailThen
  /** False where it is in doubt whether it arrived at the mail server. */
  isAccepted: boolean
  copies: readonly ProvenCopy[]
}>

/** A mail that was to tell of the grant, and did not. */
export type UntoldMail = Readonly<{ mail: MailThen; state: string; reason: string | null }>

/** The rules that sweeps went by. */
export type ProvenRules = Readonly<{
  hash: string
  /** As the hash was taken of it. */
  text: string
  /** The same as data. */
  document: unknown
  /** False where its hash is another: written by another version, or altered. */
  isAsKept: boolean
  file: string
}>

/** All that shows who was told of a grant, when and how. */
export type Proof = Readonly<{
  /** The database's clock. */
  madeAt: Date
  asOf: Date
  grantId: string
  accountId: string
  accountName: string | null
  /** As billing has it now; null where it has it no more, or it cannot be understood. */
  grant: CreditGrant | null
  /** In the order in which they were sent. */
  told: readonly ProvenMail[]
  untold: readonly UntoldMail[]
  rules: readonly ProvenRules[]
}>

/** Gathers what the ledger can show about a grant. Null where neither billing nor the ledger knows it. */
export async function gatherProof(
  { db }: Readonly<{ db: Database }>,
  request: Readonly<{ grantId: string; contactId: string | null; asOf: Date | null }>,
): Promise<Proof | null> {
  const { grantId, contactId } = request
  const madeAt = await databaseNow(db)
  const asOf = request.asOf ?? madeAt
  const all = await mailsThen(db, grantId, asOf)
  const [found] = await readGrants(db, [grantId])
  const grant = found?.grants[0]
  const accountId = found?.accountId ?? all[0]?.accountId
  if (accountId === undefined) return null
  const mails = all.filter((mail) => contactId === null || mail.contactId === contactId)
  const copies = Map.groupBy(await copiesOf(db, mails, asOf), ({ mailId }) => mailId)
  const told = mails.filter((mail) => hasTold(mail, grantId))
  return {
    madeAt,
    asOf,
    grantId,
    accountId,
    accountName: (await readAccounts(db, [accountId])).get(accountId)?.name ?? null,
    grant: grant !== undefined && !('fault' in grant) ? grant : null,
    told: await Promise.all(
      told
        .toSorted((a, b) => handedOverMs(a) - handedOverMs(b))
        .map(async (mail, index) => {
          const name = `mail-${String(index + 1).padStart(String(told.length).length, '0')}-${mail.category}`
          const proven = (copies.get(mail.id) ?? []).map((copy) => provenCopy(copy, name))
          return { mail, isAccepted: mail.sentAt !== null, copies: await Promise.all(proven) }
        }),
    ),
    untold: mails.filter((mail) => !told.includes(mail)).map((mail) => untoldOf(mail, grantId)),
    rules: rulesOf(told),
  }
}

/** The mails that were to tell of a grant, with what was known of them by then. */
async function mailsThen(db: Database, grantId: string, asOf: Date): Promise<readonly MailThen[]> {
  const mails = await readMailsAbout(db, grantId, asOf)
  const notices = await inParts(mails, (part) =>
    readNoticesUntil(db, { mailId: { in: part.map(({ id }) => id) } }, asOf),
  )
  const noticesOf = Map.groupBy(notices, ({ mail }) => mail.id)
  return mails.map((mail) => ({
    ...mail,
    sentAt: mail.sentAt !== null && mail.sentAt <= asOf ? mail.sentAt : null,
    deliveries: mail.deliveries.filter(({ at }) => at <= asOf),
    reports: mail.reports.filter(({ receivedAt }) => receivedAt <= asOf),
    notices: noticesOf.get(mail.id) ?? [],
  }))
}

/** The mail server took it; or it may have, and the grant was still in it. */
function hasTold({ sentAt, deliveries, notices }: MailThen, grantId: string): boolean {
  const lines = notices.filter((notice) => notice.grantId === grantId && notice.state !== 'dropped')
  if (lines.length === 0) return false
  return sentAt !== null || deliveries.some(({ outcome }) => outcome === 'uncertain')
}

function untoldOf(mail: MailThen, grantId: string): UntoldMail {
  const own = mail.notices.filter((notice) => notice.grantId === grantId)
  const line = own.find(({ state }) => state === 'dropped') ?? own[0]
  return { mail, state: line?.state ?? mail.state, reason: line?.reason ?? null }
}

function handedOverMs(mail: MailThen): number {
  return (mail.sentAt ?? mail.deliveries.at(-1)?.at ?? mail.sweep.asOf).getTime()
}

async function copiesOf(db: Database, mails: readonly MailThen[], asOf: Date): Promise<readonly KeptCopy[]> {
  const copies = await readCopies(
    db,
    mails.map(({ id }) => id),
  )
  return copies.filter(({ at }) => at <= asOf)
}

/** @param name of files about the mail: no part of it is from outside, where ids may be anything, also paths */
async function provenCopy(copy: KeptCopy, name: string): Promise<ProvenCopy> {
  const { attempt, at, sourceHash, sourceBytes, source, dictionary } = copy
  const facts = { attempt, at, sourceHash, sourceBytes, file: null, words: null }
  if (source === null) return { ...facts, state: 'hash-only', source: null }
  const message = sourceOfCopy({ source, sourceHash }, dictionary === null ? null : unpackedDictionary(dictionary))
  if (message === null) return { ...facts, state: 'altered', source: null }
  const file = `${name}-attempt-${attempt}.eml`
  return { ...facts, state: 'whole', source: message, file, words: await readWords(message) }
}

const SHOWN_OF_HASH = 12

function rulesOf(told: readonly MailThen[]): readonly ProvenRules[] {
  const byHash = new Map(told.map(({ sweep }) => [sweep.rulesHash, sweep.rules.document]))
  return [...byHash].map(([hash, document]) => {
    const text = rulesText(document)
    const file = `rules-${hash.slice(0, SHOWN_OF_HASH)}.json`
    return {
      hash,
      text,
      document: JSON.parse(text),
      file,
      isAsKept: createHash('sha256').update(text).digest('hex') === hash,
    }
  })
}
