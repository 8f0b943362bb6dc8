import pg from 'pg'

/** Runs one statement; a test database's `sql` is one. */
export type Sql = (text: string, values?: unknown[]) => Promise<unknown>

export type AccountRow = Readonly<{
  id: string
  name: string
  timeZone: string | null
  locale: string | null
  closedAt: Date | string | null
}>

export type ContactRow = Readonly<{
  id: string
  accountId: string
  email: string
  name: string | null
  locale: string | null
  timeZone: string | null
  receivesBillingEmail: boolean
}>

export type GrantRow = Readonly<{
  id: string
  accountId: string
  kind: string
  name: string | null
  unit: string
  /** Decimals as strings, so that no digit is lost on the way. */
  amount: string
  remaining: string
  priority: number
  /** Instants; or what only Postgres can write, such as `infinity`. */
  grantedAt: Date | string
  effectiveAt: Date | string | null
  expiresAt: Date | string | null
  voidedAt: Date | string | null
  expiredAmount: string | null
}>

/** Inserts an account: `acc_1`, in UTC, open. */
export async function insertAccount(sql: Sql, over: Partial<AccountRow> = {}): Promise<AccountRow> {
  const row = { id: 'acc_1', name: 'Acme', timeZone: null, locale: null, closedAt: null, ...over }
  await insert(sql, 'accounts', row)
  return row
}

/** Inserts a contact of `acc_1` that receives billing mail; its address follows its id. */
export async function insertContact(sql: Sql, over: Partial<ContactRow> = {}): Promise<ContactRow> {
  const id = over.id ?? 'con_1'
  const row = {
    id,
    accountId: 'acc_1',
    email: `${id}@example.com`,
    name: null,
    locale: null,
    timeZone: null,
    receivesBillingEmail: true,
    ...over,
  }
  await insert(sql, 'contacts', row)
  return row
}

/** Inserts purchased credits of `acc_1`: 20 USD, of which 18 are left. Whoever inserts one says when it expires. */
export async function insertGrant(sql: Sql, over: Partial<GrantRow> & Pick<GrantRow, 'expiresAt'>): Promise<GrantRow> {
  const row = {
    id: 'cg_1',
    accountId: 'acc_1',
    kind: 'purchased',
    name: null,
    unit: 'USD',
    amount: '20.00',
    remaining: '18.00',
    priority: 0,
    grantedAt: '2026-01-01T00:00:00Z',
    effectiveAt: null,
    voidedAt: null,
    expiredAmount: null,
    ...over,
  }
  await insert(sql, 'credit_grants', row)
  return row
}

export type UsageRows = Readonly<{
  accountId?: string
  unit?: string
  /** What is used on each day. */
  perDay: string
  /** The first day and the last one, `2026-05-01`. */
  from: string
  to: string
}>

/** Inserts what was used, of USD by `acc_1` unless said otherwise: as much on each day. */
export async function insertUsage(sql: Sql, { accountId = 'acc_1', unit = 'USD', perDay, from, to }: UsageRows) {
  await sql(
    `INSERT INTO billing.credit_usage (account_id, unit, day, amount)
     SELECT $1, $2, day::date, $3::numeric FROM generate_series($4::date, $5::date, interval '1 day') AS day`,
    [accountId, unit, perDay, from, to],
  )
}

export type Crowd = Readonly<{
  /** How many grants, each of an account of its own with one contact. */
  count: number
  /** When they expire: the first of them at `from`, the last just before `to`, evenly. */
  expiresFrom: Date
  expiresTo: Date
  /** Begins the ids, so that several crowds can live side by side. */
  prefix?: string
  grantedAt?: Date
}>

/** Inserts a crowd of accounts, contacts and grants on the server itself: a million takes seconds. */
export async function insertCrowd(sql: Sql, crowd: Crowd): Promise<void> {
  const { count, prefix = 'many', expiresFrom, expiresTo } = crowd
  const grantedAt = crowd.grantedAt ?? new Date('2026-01-01T00:00:00Z')
  await sql(
    `INSERT INTO billing.accounts (id, name) SELECT $1 || '_acc_' || i, 'Account ' || i FROM generate_series(1, $2::int) i`,
    [prefix, count],
  )
  await sql(
    `INSERT INTO billing.contacts (id, account_id, email, receives_billing_email)
     SELECT $1 || '_con_' || i, $1 || '_acc_' || i, $1 || i || '@example.com', true FROM generate_series(1, $2::int) i`,
    [prefix, count],
  )
  await sql(
    `INSERT INTO billing.credit_grants (id, account_id, kind, unit, amount, remaining, priority, granted_at, expires_at)
     SELECT $1 || '_cg_' || i, $1 || '_acc_' || i, 'purchased', 'USD', 20, 18, 0, $3::timestamptz,
            $4::timestamptz + ($5::timestamptz - $4::timestamptz) * ((i - 1)::float8 / $2::int)
       FROM generate_series(1, $2::int) i`,
    [prefix, count, grantedAt, expiresFrom, expiresTo],
  )
  // Else the planner knows nothing of them until autovacuum comes by.
  for (const table of ['accounts', 'contacts', 'credit_grants']) await sql(`ANALYZE billing.${table}`)
}

async function insert(sql: Sql, table: string, row: Readonly<Record<string, unknown>>): Promise<void> {
  const columns = Object.keys(row).map((key) => pg.escapeIdentifier(toSnakeCase(key)))
  const places = columns.map((_column, index) => `$${index + 1}`)
  await sql(`INSERT INTO billing.${table} (${columns}) VALUES (${places})`, Object.values(row))
}

function toSnakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
