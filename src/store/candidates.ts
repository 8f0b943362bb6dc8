import type { Account, CreditGrant, UnreadableGrant } from '../domain/model.ts'
import type { Moment } from '../domain/reach.ts'
import { ACCOUNT_COLUMNS, type AccountRow, GRANT_COLUMNS, type GrantRow, toAccount, toGrant } from './billing-rows.ts'
import type { Transaction } from './database.ts'
import { findMovedGrants } from './moved-grants.ts'
import { type Bind, joinedWindows, parameters, type Search, writeCandidateWindows } from './windows.ts'

const REPEATED = 'its id, or its account, occurs in more than one row'

/** `copies`: in how many rows its id occurs, whatever their accounts. */
type CandidateRow = GrantRow & AccountRow & Readonly<{ copies: number }>
const COPIES_IN_SIGHT = 'count(*) OVER (PARTITION BY g.id)::int'
const COPIES = `${COPIES_IN_SIGHT} AS copies`

/** Accounts in the database's own order of their ids: those after one, up to and with another. */
export type AccountRange = Readonly<{ after: string | null; upTo: string | null }>

/**
 * A part of the base, and what only a look at all of it tells: the ids that occur in several accounts, and the grants
 * whose expiry may have moved out of reach after somebody was told of it.
 */
export type Section = AccountRange & Readonly<{ repeatedGrants: readonly string[]; movedGrants: readonly string[] }>

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
 * They are found by the due window's indexes, and by the ledger of what was told: so the cost follows what is due and not
 * what is stored. They are sorted by account once, on the server: a cursor holds the result there, and here only a page of it.
 *
 * @param section the accounts to look at; all of them by default
 */
export async function* candidatePages(
  tx: Transaction,
  moment: Moment,
  section: Section | null = null,
): AsyncGenerator<readonly AccountCandidates[]> {
  yield* pagesOf(tx, searchFor(moment, section ?? (await everything(tx, moment))))
}

/**
 * The grants that any of several moments may look at, each once, account by account, in pages: those of a whole period,
 * where the reach of each moment is the period's.
 */
export async function* jointCandidatePages(
  tx: Transaction,
  moments: readonly Moment[],
): AsyncGenerator<readonly AccountCandidates[]> {
  const moved: string[] = []
  for (const moment of moments) moved.push(...(await findMovedGrants(tx, moment)))
  const { values, bind } = parameters()
  const windows = joinedWindows(moments, moved, bind)
  yield* pagesOf(tx, { sql: candidatesIn(windows, COPIES), values })
}

/** How many grants they may look at, those aside whose expiry has moved out of reach. */
export async function countJointCandidates(tx: Transaction, moments: readonly Moment[]): Promise<number> {
  if (moments.length === 0) return 0
  const { values, bind } = parameters()
  const windows = joinedWindows(moments, [], bind)
  const [found] = await tx.$queryRawUnsafe<{ grants: number }[]>(
    `SELECT count(*)::float8 AS grants FROM (${windows.join(' UNION ALL ')}) w`,
    ...values,
  )
  return found?.grants ?? 0
}

async function* pagesOf(tx: Transaction, search: Search): AsyncGenerator<readonly AccountCandidates[]> {
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

async function everything(tx: Transaction, moment: Moment): Promise<Section> {
  return { after: null, upTo: null, repeatedGrants: [], movedGrants: await findMovedGrants(tx, moment) }
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

/** Every grant of the given accounts, with these; an account that has none is not among them. */
export async function readGrantsOfAccounts(
  tx: Transaction,
  accountIds: readonly string[],
): Promise<readonly AccountCandidates[]> {
  const rows = await tx.$queryRawUnsafe<CandidateRow[]>(
    `SELECT ${GRANT_COLUMNS}, ${ACCOUNT_COLUMNS}, ${COPIES}
       FROM billing.credit_grants g LEFT JOIN billing.accounts a ON a.id = g.account_id
      WHERE g.account_id = ANY($1::text[]) ORDER BY g.account_id, g.id`,
    accountIds,
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

function searchFor(moment: Moment, { repeatedGrants, movedGrants, ...range }: Section): Search {
  const { values, bind } = parameters()
  const within = rangeCondition(range, bind)
  const windows = writeCandidateWindows(moment, movedGrants, bind).map((window) => `${window}${within}`)
  const copies =
    repeatedGrants.length === 0
      ? COPIES
      : `CASE WHEN g.id = ANY(${bind(repeatedGrants, 'text[]')}) THEN 2 ELSE ${COPIES_IN_SIGHT} END AS copies`
  return { sql: candidatesIn(windows, copies), values }
}

function candidatesIn(windows: readonly string[], copies: string): string {
  return `SELECT ${GRANT_COLUMNS}, ${ACCOUNT_COLUMNS}, ${copies}
      FROM (${windows.join(' UNION ALL ')}) g
      LEFT JOIN billing.accounts a ON a.id = g.account_id
      ORDER BY g.account_id, g.id`
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
