import type { Transaction } from './database.ts'

/** The grants that people of an account were told of, or were to be, by an instant. */
export async function findLedgerGrants(tx: Transaction, accountId: string, until: Date): Promise<readonly string[]> {
  const rows = await tx.$queryRawUnsafe<{ id: string }[]>(
    // By the indexes on accounts of mails and on mails of notices.
    `SELECT DISTINCT n.grant_id AS id
       FROM reminders.mails m
       JOIN reminders.sweeps s ON s.id = m.sweep_id
       JOIN reminders.notices n ON n.mail_id = m.id
      WHERE m.account_id = $1 AND s.as_of <= $2::timestamptz ORDER BY 1`,
    accountId,
    until.toISOString(),
  )
  return rows.map(({ id }) => id)
}
