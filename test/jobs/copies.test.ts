import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { defaultRules } from '../../src/config/rules-file.ts'
import { clear } from '../../src/jobs/clearing.ts'
import { createLogger } from '../../src/logger.ts'
import { sourceOfCopy, unpackedDictionary } from '../../src/mail/mail-copy.ts'
import { type KeptCopy, readCopies } from '../../src/store/mail-copies.ts'
import { AS_OF } from '../support/company.ts'
import { insertCustomer } from '../support/customer.ts'
import { openProgram, type Program } from '../support/program.ts'
import { signingKey, verifySignature } from '../support/signing.ts'

/** All copies of a company's ledger. */
async function copiesOf({ database }: Program): Promise<readonly KeptCopy[]> {
  const mails = await database.sql<{ id: string }>('SELECT id::text AS id FROM reminders.mails ORDER BY id')
  return readCopies(
    database.db,
    mails.map(({ id }) => id),
  )
}

/** The message of a copy; null where it is not there, or is not what was kept. */
function messageOf({ source, sourceHash, dictionary }: KeptCopy): Buffer | null {
  if (source === null) return null
  return sourceOfCopy({ source, sourceHash }, dictionary === null ? null : unpackedDictionary(dictionary))
}

test('The copy of a mail is what the server was given, byte for byte: signed, in any language, and with lines that begin with a dot', async () => {
  const { env, records } = signingKey()
  await using program = await openProgram()
  await insertCustomer(program.database.sql, 'ana', { grant: { name: '.\r\n.\r\n..dots' } })
  await insertCustomer(program.database.sql, 'aya', { contact: { locale: 'ja', name: '綾' } })
  await insertCustomer(program.database.sql, 'noor', { contact: { locale: 'ar' }, grant: { name: 'رصيد' } })
  await program.runAt(AS_OF, { env })
  const copies = await copiesOf(program)
  const byHash = new Map(program.sink.mails.map(({ raw }) => [createHash('sha256').update(raw).digest('hex'), raw]))
  expect(copies.map(({ sourceHash }) => sourceHash).toSorted()).toEqual([...byHash.keys()].toSorted())
  for (const copy of copies) {
    const raw = byHash.get(copy.sourceHash) ?? Buffer.alloc(0)
    expect(messageOf(copy)?.equals(raw)).toBe(true)
    expect(copy).toMatchObject({ attempt: 1, sourceBytes: raw.length, at: new Date(AS_OF) })
    // With a sample of the same kind in the same language, what is left is what is this reader's own.
    expect(copy.source?.length).toBeLessThan(raw.length / 8)
    expect((await verifySignature(messageOf(copy) ?? raw, records)).result).toBe('pass')
  }
})

test('A mail that was in doubt and sent again has a copy of each try; one that was refused has none', async () => {
  await using program = await openProgram()
  await insertCustomer(program.database.sql, 'ana')
  await insertCustomer(program.database.sql, 'bob')
  program.sink.answer({ stage: 'final', reply: 'lost', to: 'ana@example.com', times: 1 })
  program.sink.answer({ stage: 'final', reply: '550 5.7.1 unwanted', to: 'bob@example.com' })
  await program.runAt(AS_OF)
  const copies = await copiesOf(program)
  expect(copies.map(({ attempt }) => attempt)).toEqual([1, 2])
  const arrived = program.sink.mails.map(({ raw }) => raw.toString('latin1'))
  expect(arrived).toHaveLength(2)
  expect(copies.map((copy) => messageOf(copy)?.toString('latin1'))).toEqual(arrived)
})

test('A try whose process died before it could write anything down has no copy; the one after it has', async () => {
  await using program = await openProgram()
  await insertCustomer(program.database.sql, 'ana')
  await program.runAt(AS_OF, { env: { SMTP_URL: 'smtp://127.0.0.1:1' } })
  await program.database.sql(`UPDATE reminders.mails SET state = 'sending', batch_id = gen_random_uuid(), claimed_by = 'the dead',
    claimed_at = now() - interval '1 hour', handed_over_at = now() - interval '1 hour'`)
  await program.runAt(AS_OF)
  const tries = await program.database.sql(
    'SELECT number, outcome FROM reminders.attempts WHERE number > 0 ORDER BY id',
  )
  expect(tries).toEqual([
    { number: 1, outcome: 'uncertain' },
    { number: 2, outcome: 'sent' },
  ])
  expect((await copiesOf(program)).map(({ attempt }) => attempt)).toEqual([2])
})

test('Where mails are not kept, their hashes are', async () => {
  await using program = await openProgram({ rules: { keepMails: null } })
  await insertCustomer(program.database.sql, 'ana')
  await program.runAt(AS_OF)
  const hash = createHash('sha256')
    .update(program.sink.mails[0]?.raw ?? '')
    .digest('hex')
  expect(await copiesOf(program)).toMatchObject([{ sourceHash: hash, source: null, dictionary: null }])
  expect(await program.database.sql('SELECT 1 FROM reminders.mail_dictionaries')).toEqual([])
})

test('Two processes keep one sample of a kind and language between them, and it holds nothing of anybody', async () => {
  await using program = await openProgram()
  await insertCustomer(program.database.sql, 'ana')
  await insertCustomer(program.database.sql, 'bob', {
    grant: { grantedAt: '2026-05-20T12:00:00Z', expiresAt: '2026-06-02T12:00:00Z' },
  })
  await program.runAt(AS_OF)
  await program.runAt('2026-05-26T12:00:00Z')
  expect(program.sink.mails).toHaveLength(2)
  const kept = await program.database.sql<{ content: Buffer }>('SELECT content FROM reminders.mail_dictionaries')
  expect(kept).toHaveLength(1)
  const text = unpackedDictionary(kept[0]?.content ?? Buffer.alloc(0))?.toString() ?? ''
  expect(text).toContain('Acme Billing')
  for (const own of ['bob', 'con_', 'cg_bob', 'acc_']) expect(text.replaceAll('acc_sample', '')).not.toContain(own)
})

test('A copy whose time is over is cleared by the next run, and its hash stays', async () => {
  await using program = await openProgram({
    rules: { keepMails: 'P2D', policies: { purchased: { warnBefore: ['P7D', 'P4D', 'P3D'] } } },
  })
  await insertCustomer(program.database.sql, 'ana')
  await program.runAt(AS_OF)
  const [before] = await copiesOf(program)
  await program.runAt('2026-05-28T12:00:00Z')
  await program.runAt('2026-05-29T12:00:00Z')
  const copies = await copiesOf(program)
  expect(copies.map(({ source }) => source !== null)).toEqual([false, true, true])
  expect(copies[0]?.sourceHash).toBe(before?.sourceHash)
})

test('Many copies are cleared a batch at a time, and by two at once each once', async () => {
  await using program = await openProgram()
  await insertCustomer(program.database.sql, 'ana')
  await program.runAt(AS_OF)
  const { db, sql } = program.database
  await sql(`INSERT INTO reminders.mail_copies (mail_id, attempt, source_hash, source_bytes, source, at)
             SELECT mail_id, n, source_hash, source_bytes, source, at FROM reminders.mail_copies, generate_series(2, 4500) n`)
  const log = createLogger({ level: 'silent' })
  const rules = defaultRules()
  const now = new Date('2027-05-25T12:00:00Z')
  const cleared = await Promise.all([1, 2].map(() => clear({ db, rules, log }, now)))
  expect(cleared.reduce((sum, { copies }) => sum + copies, 0)).toBe(4500)
  expect(await sql('SELECT 1 FROM reminders.mail_copies WHERE source IS NOT NULL')).toEqual([])
})
