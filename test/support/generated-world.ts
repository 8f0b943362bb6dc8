import { writeFile } from 'node:fs/promises'
import { rulesDocument } from '../../src/config/rules-document.ts'
import type { AccountFile } from '../../src/domain/account-file.ts'
import type { CreditGrant } from '../../src/domain/model.ts'
import type { Rules } from '../../src/domain/rules.ts'
import { addressHash } from '../../src/store/address-hash.ts'
import { suppress } from '../../src/store/suppressions.ts'
import { insertAccount, insertContact, insertGrant } from './billing.ts'
import type { Program } from './program.ts'

/** Makes of a company, whatever it was before, one with the accounts and rules given; ids begin with the place of the account. */
export async function makeWorld(program: Program, files: readonly Partial<AccountFile>[], rules: Rules): Promise<void> {
  const { sql } = program.database
  program.sink.reset()
  await sql(`TRUNCATE billing.accounts, billing.contacts, billing.credit_grants, reminders.sweeps, reminders.mails,
    reminders.notices, reminders.reports, reminders.sweep_parts, reminders.mail_copies, reminders.attempts, reminders.decisions, reminders.suppressions, reminders.unsubscriptions`)
  await writeFile(String(program.env.CREDIT_REMINDERS_CONFIG), JSON.stringify(rulesDocument(rules)))
  for (const [index, { account, contacts = [], grants = [] }] of files.entries()) {
    const accountId = `a${index}`
    await insertAccount(sql, { ...account, id: accountId })
    for (const { optedOut, suppressed, ...contact } of contacts) {
      const id = `${accountId}_${contact.id}`
      const email = contact.email.replace(/^con/, `${accountId}_con`)
      await insertContact(sql, { ...contact, id, accountId, email })
      if (optedOut !== null) {
        const values = [id, accountId, optedOut]
        await sql('INSERT INTO reminders.unsubscriptions (contact_id, account_id, scope) VALUES ($1, $2, $3)', values)
      }
      if (suppressed !== null) await suppressAddress(program, email, suppressed)
    }
    for (const grant of grants as readonly CreditGrant[]) {
      await insertGrant(sql, { ...grant, id: `${accountId}_${grant.id}`, accountId })
    }
  }
}

/** What each account uses a day, of each unit, from February to May 2026; null: it is not known. */
export async function makeUsage({ database: { sql } }: Program, usage: readonly (string | null)[]): Promise<void> {
  await sql('TRUNCATE billing.credit_usage')
  await sql(
    `INSERT INTO billing.credit_usage (account_id, unit, day, amount)
     SELECT 'a' || (place - 1), unit, day, per_day
       FROM unnest($1::numeric[]) WITH ORDINALITY AS used(per_day, place)
      CROSS JOIN unnest(ARRAY['USD', 'credits']) AS unit
      CROSS JOIN generate_series(date '2026-02-01', date '2026-05-31', interval '1 day') AS day
      WHERE per_day IS NOT NULL`,
    [usage],
  )
}

async function suppressAddress(program: Program, address: string, scope: 'all' | 'warnings'): Promise<void> {
  await suppress(program.database.db, [{ addressHash: addressHash(address), reason: 'manual', scope, source: 'test' }])
}
