import type { Account, CreditGrant, UnreadableGrant } from '../domain/model.ts'
import { type GrantedWindow, grantedWindows, type Moment } from '../domain/reach.ts'
import { ACCOUNT_COLUMNS, type AccountRow, GRANT_COLUMNS, type GrantRow, toAccount, toGrant } from './billing-rows.ts'
import type { Transaction } from './database.ts'

const REPEATED = 'its id, or its account, occurs in more than one row'

/** `copies`: in how many rows its id occurs, whatever their accounts. */
type CandidateRow = GrantRow & AccountRow & Readonly<{ copies: number }>
const COPIES_IN_SIGHT = 'count(*) OVER (PARTITION BY g.id)::int'
const COPIES = `${COPIES_IN_SIGHT} AS copies`

/** Accounts in the database's own order of their ids: those after one, up to and with another. */
export type AccountRange = Readonly<{ after: string | null; upTo: string | null }>

/** A part of the base. `repeatedGrants` are the ids that occur in several accounts, as only a look at all of them tells. */
export type Section = AccountRange & Readonly<{ repeatedGrants: readonly string[] }>

const EVERYTHING: Section = { after: null, upTo: null, repeatedGrants: [] }

/** How many grants are in memory at a time, an account with more of its own aside. */
const PAGE_ROWS = 2000

/** An account with those of its grants that are within reach, or nearly. */
export type AccountCandidates = Readonly<{
  accountId: string
  account: Account | null
  grants: readonly (CreditGrant | UnreadableGrant)[]
}>

/**
 * The grants that a sweep has to look at, account by account, in pages.
 *
 * They are found by the due window's indexes, so the cost follows what is due and not what is stored, and sorted by
 * account once, on the server: a cursor holds the result there, and here only a page of it.
 *
 * @param section the accounts to look at; all of them by default
 */
export async function* candidatePages(
  tx: Transaction,
  moment: Moment,
  section: Section = EVERYTHING,
): AsyncGenerator<readonly AccountCandidates[]> {
  const search = searchFor(moment, section)
  // Postgres plans a cursor for its first rows; all of them will be read, and the due window is the way to them.
  await tx.$executeRawUnsafe('SET LOCAL cursor_tuple_fraction = 1.0')
  await tx.$executeRawUnsafe(`DECLARE candidates NO SCROLL CURSOR FOR ${search.sql}`, ...search.values)
  let rest: CandidateRow[] = []
  for (;;) {
    const rows = await tx.$queryRawUnsafe<CandidateRow[]>(`FETCH ${PAGE_ROWS} FROM candidates`)
    const all = rest.concat(rows)
    if (rows.length < PAGE_ROWS) {
      if (all.length > 0) yield byAccount(all)
      break
    }
    // The last account of a page may go on in the next one.
    const lastAccount = all.at(-1)?.accountId
    const complete = all.findIndex((row) => row.accountId === lastAccount)
    rest = all.slice(complete)
    if (complete > 0) yield byAccount(all.slice(0, complete))
  }
  await tx.$executeRawUnsafe('CLOSE candidates')
}

/** Every grant of the given ids, whatever its expiry, with its account. */
export async function readGrants(tx: Transaction, grantIds: readonly string[]): Promise<readonly AccountCandidates[]> {
  const rows = await tx.$queryRawUnsafe<CandidateRow[]>(
    `SELECT ${GRANT_COLUMNS}, ${ACCOUNT_COLUMNS}, ${COPIES}
       FROM billing.credit_grants g LEFT JOIN billing.accounts a ON a.id = g.account_id
      WHERE g.id = ANY($1::text[]) ORDER BY g.account_id, g.id`,
    grantIds,
  )
  return byAccount(rows)
}

function byAccount(rows: readonly CandidateRow[]): readonly AccountCandidates[] {
  const groups = new Map<
    string,
    { accountId: string; account: Account | null; grants: (CreditGrant | UnreadableGrant)[] }
  >()
  for (const row of rows) {
    const { id, accountId } = row
    const group = groups.get(accountId) ?? { accountId, account: toAccount(row), grants: [] }
    groups.set(accountId, group)
    // A view whose join went wrong: which of the rows is right, nobody can know.
    if (row.copies === 1) group.grants.push(toGrant(row))
    else if (group.grants.at(-1)?.id !== id) group.grants.push({ id, accountId, fault: REPEATED })
  }
  return [...groups.values()]
}

/** A statement with its values. */
export type Search = Readonly<{ sql: string; values: readonly unknown[] }>

/** The searches that together find what is due, each with the columns that an index serving it begins with. */
export function dueWindowSearches(moment: Moment): readonly (Search & Readonly<{ columns: string }>)[] {
  return windowsOf(moment).map(({ columns, write }) => {
    const { values, bind } = parameters()
    return { columns, sql: write(bind), values }
  })
}

/** A row for each grant that expired before the reach; by the same indexes. */
export function olderThanReachSearch(moment: Moment): Search {
  const { values, bind } = parameters()
  const stated = `SELECT 1 FROM billing.credit_grants
      WHERE expires_at < ${bind(moment.reach.from.toISOString(), 'timestamptz')}`
  const derived = grantedWindows(moment).map(
    ({ kinds, from }) => `SELECT 1 FROM billing.credit_grants
      WHERE expires_at IS NULL AND granted_at < ${bind(from.toISOString(), 'timestamptz')}
        AND ${kindCondition(kinds, bind)}`,
  )
  return { sql: [stated, ...derived].join(' UNION ALL '), values }
}

/** A row of `billing.credit_grants` for each grant within reach, or nearly. */
export function candidateWindows(moment: Moment): Search {
  const { values, bind } = parameters()
  const windows = windowsOf(moment).map(({ write }) => write(bind))
  return { sql: windows.join(' UNION ALL '), values }
}

function searchFor(moment: Moment, { repeatedGrants, ...range }: Section): Search {
  const { values, bind } = parameters()
  const within = rangeCondition(range, bind)
  const windows = windowsOf(moment).map(({ write }) => `${write(bind)}${within}`)
  const copies =
    repeatedGrants.length === 0
      ? COPIES
      : `CASE WHEN g.id = ANY(${bind(repeatedGrants, 'text[]')}) THEN 2 ELSE ${COPIES_IN_SIGHT} END AS copies`
  return {
    sql: `SELECT ${GRANT_COLUMNS}, ${ACCOUNT_COLUMNS}, ${copies}
      FROM (${windows.join(' UNION ALL ')}) g
      LEFT JOIN billing.accounts a ON a.id = g.account_id
      ORDER BY g.account_id, g.id`,
    values,
  }
}

/**
 * More of a window's condition. Grants without an account are with the first accounts. Ids are compared as text, whatever
 * their type: another one's order (`citext`) is not that of the bounds, and accounts would be in two ranges.
 */
function rangeCondition({ after, upTo }: AccountRange, bind: Bind): string {
  const isAfter = after === null ? '' : ` AND account_id::text > ${bind(after, 'text')}`
  if (upTo === null) return isAfter
  const isUpTo = `account_id::text <= ${bind(upTo, 'text')}`
  return after === null ? ` AND (${isUpTo} OR account_id IS NULL)` : `${isAfter} AND ${isUpTo}`
}

/** Takes a value, and gives the place that stands for it in the statement. */
type Bind = (value: unknown, type: string) => string
type Window = Readonly<{ columns: string; write: (bind: Bind) => string }>

function parameters(): Readonly<{ values: readonly unknown[]; bind: Bind }> {
  const values: unknown[] = []
  return { values, bind: (value, type) => `$${values.push(value)}::${type}` }
}

function windowsOf(moment: Moment): readonly Window[] {
  const within = (column: string, { from, to }: Readonly<{ from: Date; to: Date }>, bind: Bind) =>
    `${column} >= ${bind(from.toISOString(), 'timestamptz')} AND ${column} <= ${bind(to.toISOString(), 'timestamptz')}`
  const stated: Window = {
    columns: 'expires_at',
    write: (bind) => `SELECT * FROM billing.credit_grants
      WHERE ${within('expires_at', moment.reach, bind)}`,
  }
  const derived = grantedWindows(moment).map(
    ({ kinds, ...window }): Window => ({
      columns: 'granted_at',
      write: (bind) => `SELECT * FROM billing.credit_grants
        WHERE expires_at IS NULL AND ${within('granted_at', window, bind)}
          AND ${kindCondition(kinds, bind)}`,
    }),
  )
  return [stated, ...derived]
}

function kindCondition(kinds: GrantedWindow['kinds'], bind: Bind): string {
  return 'only' in kinds
    ? `kind = ANY(${bind(kinds.only, 'text[]')})`
    : `(kind IS NULL OR kind <> ALL(${bind(kinds.except, 'text[]')}))`
}
