import { expiryOfInstant } from '../domain/never.ts'
import type { DryRun } from '../jobs/dry-run.ts'
import { csvHeadings, csvRows } from './csv.ts'

const COLUMNS = [
  'outcome',
  'account',
  'account_name',
  'contact',
  'to',
  'category',
  'locale',
  'time_zone',
  'grant',
  'kind',
  'name',
  'stage',
  'expires_at',
  'unit',
  'amount',
  'reason',
  'detail',
] as const

type Record = Readonly<Partial<{ [column in (typeof COLUMNS)[number]]: string | null }>>

const ROWS_IN_A_PIECE = 1000

/**
 * The CSV of `dry-run --format csv`, piece by piece: a row for each line of each mail, then one for each skipped grant;
 * see docs/json.md. Columns may be added at the end.
 */
export function* dryRunCsv(result: DryRun): Generator<string> {
  yield csvHeadings(COLUMNS)
  let rows: Record[] = []
  for (const row of rowsOf(result)) {
    rows.push(row)
    if (rows.length < ROWS_IN_A_PIECE) continue
    yield csvRows(rows, COLUMNS)
    rows = []
  }
  yield csvRows(rows, COLUMNS)
}

function* rowsOf({ emails, skipped }: DryRun): Generator<Record> {
  for (const { accountId, accountName, contactId, to, category, locale, timeZone, lines } of emails) {
    const mail = { outcome: 'mail', account: accountId, account_name: accountName, contact: contactId, to, category }
    for (const { grantId, kind, name, stage, expiresAt, unit, amount } of lines) {
      const expires_at = expiryOfInstant(expiresAt)?.toISOString() ?? null
      yield { ...mail, locale, time_zone: timeZone, grant: grantId, kind, name, stage, expires_at, unit, amount }
    }
  }
  for (const { grantId, accountId, expiresAt, reason, detail } of skipped) {
    const expires_at = expiresAt?.toISOString() ?? null
    yield { outcome: 'skipped', account: accountId, grant: grantId, expires_at, reason, detail }
  }
}
