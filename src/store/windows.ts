import { type GrantedWindow, grantedWindows, type Moment } from '../domain/reach.ts'

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

/**
 * A row of `billing.credit_grants` for each grant within reach, or nearly, and for each of those whose expiry has moved
 * out of it.
 */
export function candidateWindows(moment: Moment, movedGrants: readonly string[]): Search {
  const { values, bind } = parameters()
  return { sql: writeCandidateWindows(moment, movedGrants, bind).join(' UNION ALL '), values }
}

/** The same as parts of a statement: no grant is in two of them. Each ends in a condition that can be narrowed. */
export function writeCandidateWindows(
  moment: Moment,
  movedGrants: readonly string[],
  bind: Bind,
): readonly [string, ...string[]] {
  const [stated, ...derived] = windowsOf(moment).map(({ write }) => write(bind))
  if (movedGrants.length === 0) return [stated ?? '', ...derived]
  const moved = `SELECT * FROM billing.credit_grants
    WHERE id = ANY(${bind(movedGrants, 'text[]')}) AND ${beyondWindows(moment, bind)}`
  return [stated ?? '', ...derived, moved]
}

/**
 * The windows of several moments in one, each grant once: from the earliest of their reaches to the latest, and whatever
 * may get its expiry from a policy of any. `movedGrants` as above.
 */
export function joinedWindows(
  moments: readonly Moment[],
  movedGrants: readonly string[],
  bind: Bind,
): readonly [string, ...string[]] {
  const from = new Date(Math.min(...moments.map(({ reach }) => reach.from.getTime())))
  const to = new Date(Math.max(...moments.map(({ reach }) => reach.to.getTime())))
  const stated = `SELECT * FROM billing.credit_grants WHERE ${within('expires_at', { from, to }, bind)}`
  const conditions = moments.flatMap((moment) => grantedWindows(moment).map((window) => derivedCondition(window, bind)))
  const isDerived = conditions.length === 0 ? 'false' : `(${conditions.map((each) => `(${each})`).join(' OR ')})`
  return [
    stated,
    `SELECT * FROM billing.credit_grants WHERE expires_at IS NULL AND ${isDerived}`,
    `SELECT * FROM billing.credit_grants
      WHERE id = ANY(${bind(movedGrants, 'text[]')})
        AND (expires_at > ${bind(to.toISOString(), 'timestamptz')} OR (expires_at IS NULL AND ${isDerived} IS NOT TRUE))`,
  ]
}

/**
 * A condition for grants that are in no window, and may expire later than what is in them: not those with an expiry
 * before the reach.
 */
export function beyondWindows(moment: Moment, bind: Bind): string {
  const derived = grantedWindows(moment).map((window) => derivedCondition(window, bind))
  const outside = derived.length === 0 ? 'true' : `(${derived.join(' OR ')}) IS NOT TRUE`
  return `(expires_at > ${bind(moment.reach.to.toISOString(), 'timestamptz')} OR (expires_at IS NULL AND ${outside}))`
}

/** Takes a value, and gives the place that stands for it in the statement. */
export type Bind = (value: unknown, type: string) => string
type Window = Readonly<{ columns: string; write: (bind: Bind) => string }>

export function parameters(): Readonly<{ values: readonly unknown[]; bind: Bind }> {
  const values: unknown[] = []
  return { values, bind: (value, type) => `$${values.push(value)}::${type}` }
}

function windowsOf(moment: Moment): readonly Window[] {
  const stated: Window = {
    columns: 'expires_at',
    write: (bind) => `SELECT * FROM billing.credit_grants
      WHERE ${within('expires_at', moment.reach, bind)}`,
  }
  const derived = grantedWindows(moment).map(
    (window): Window => ({
      columns: 'granted_at',
      write: (bind) => `SELECT * FROM billing.credit_grants
        WHERE expires_at IS NULL AND ${derivedCondition(window, bind)}`,
    }),
  )
  return [stated, ...derived]
}

function derivedCondition({ kinds, ...window }: GrantedWindow, bind: Bind): string {
  return `${within('granted_at', window, bind)} AND ${kindCondition(kinds, bind)}`
}

function within(column: string, { from, to }: Readonly<{ from: Date; to: Date }>, bind: Bind): string {
  return `${column} >= ${bind(from.toISOString(), 'timestamptz')} AND ${column} <= ${bind(to.toISOString(), 'timestamptz')}`
}

function kindCondition(kinds: GrantedWindow['kinds'], bind: Bind): string {
  return 'only' in kinds
    ? `kind = ANY(${bind(kinds.only, 'text[]')})`
    : `(kind IS NULL OR kind <> ALL(${bind(kinds.except, 'text[]')}))`
}
