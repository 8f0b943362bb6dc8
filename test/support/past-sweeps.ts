import type { Sql } from './billing.ts'

export type PastSweep = Readonly<{
  asOf: string
  emails: number
  state?: 'planned' | 'held' | 'approved' | 'discarded'
}>

/** Sweeps as the ledger would hold them, without the mails that they counted. */
export async function insertPastSweeps(sql: Sql, sweeps: readonly PastSweep[]): Promise<void> {
  await sql(`INSERT INTO reminders.rule_sets VALUES ('past', '{}', now()) ON CONFLICT DO NOTHING`)
  for (const [index, { asOf, emails, state = 'planned' }] of sweeps.entries()) {
    await sql(
      `INSERT INTO reminders.sweeps
         (id, as_of, state, held_because, rules_hash, examined, emails, notices, skipped, started_at, finished_at)
       VALUES ($1, $2, $3, $4, 'past', $5, $5, $5, '{}', $2, $2)`,
      [`past-${index}`, asOf, state, state === 'held' ? 'too many' : null, emails],
    )
  }
}
