import { expiryOfInstant } from '../domain/never.ts'
import type { SimulatedMail } from '../domain/simulation.ts'
import { csvHeadings, csvRows } from './csv.ts'
import type { SimulationForm } from './simulate-form.ts'
import { Spool } from './spool.ts'

const COLUMNS = [
  'at',
  'under',
  'account',
  'account_name',
  'contact',
  'to',
  'category',
  'locale',
  'time_zone',
  'waited',
  'grant',
  'kind',
  'name',
  'stage',
  'expires_at',
  'unit',
  'amount',
] as const

type Row = Readonly<{ [column in (typeof COLUMNS)[number]]: string | null }>

const ROWS_IN_A_PIECE = 1000

/**
 * The CSV of `simulate --format csv`: a row for each line of each mail; see docs/json.md. Columns may be added at the end.
 */
export function openCsv(): SimulationForm {
  const spool = new Spool()
  let rows: Row[] = []
  const put = () => {
    if (rows.length > 0) spool.add(csvRows(rows, COLUMNS).trimEnd())
    rows = []
  }
  return {
    listener: {
      mail: (mail, under) => {
        rows.push(...rowsOf(mail, under))
        if (rows.length >= ROWS_IN_A_PIECE) put()
      },
    },
    pieces: () => {
      put()
      return withHeadings(spool)
    },
    [Symbol.dispose]: () => spool[Symbol.dispose](),
  }
}

function* withHeadings(spool: Spool): Generator<string> {
  yield csvHeadings(COLUMNS)
  yield* spool.pieces()
}

function rowsOf(mail: SimulatedMail, under: 'rules' | 'otherRules'): readonly Row[] {
  return mail.lines.map(({ grantId, kind, name, stage, expiresAt, unit, amount }) => ({
    at: mail.at.toISOString(),
    under: under === 'rules' ? 'rules' : 'compared',
    account: mail.accountId,
    account_name: mail.accountName,
    contact: mail.contactId,
    to: mail.to,
    category: mail.category,
    locale: mail.locale,
    time_zone: mail.timeZone,
    waited: String(mail.waited),
    grant: grantId,
    kind,
    name,
    stage,
    expires_at: expiryOfInstant(expiresAt)?.toISOString() ?? null,
    unit,
    amount,
  }))
}
