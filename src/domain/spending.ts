/** Credits that can be spent in a period, and how much of them, in whole numbers. */
export type Pot = Readonly<{ id: string; startMs: number; endMs: number; amount: bigint }>

/** How fast is spent, and within what time: from `fromMs` on, and before `untilMs`. */
export type Spending = Readonly<{ perMs: bigint; fromMs: number; untilMs: number }>

/**
 * How much of each pot is used when credits are spent at a steady pace: always from the first pot, in the order given,
 * that has begun, has not ended and is not empty. Exact.
 *
 * What can be spent changes only where a pot begins or ends. Between two such instants the pace has so much to spend,
 * and the pots yield it in their order: the time is walked through in as many steps as there are instants, and not by
 * days, whatever its length.
 */
export function spend(pots: readonly Pot[], { perMs, fromMs, untilMs }: Spending): ReadonlyMap<string, bigint> {
  let open = pots
    .filter(({ startMs, endMs }) => endMs > fromMs && startMs < untilMs)
    .map(({ id, startMs, endMs, amount }) => ({ id, startMs, endMs, left: amount }))
  const used = new Map(pots.map(({ id }) => [id, 0n]))
  let now = fromMs
  for (const next of turningPoints(open, { fromMs, untilMs })) {
    let toSpend = perMs * BigInt(next - now)
    for (const pot of open) {
      if (toSpend === 0n) break
      if (pot.startMs > now) continue
      const taken = pot.left < toSpend ? pot.left : toSpend
      pot.left -= taken
      toSpend -= taken
      used.set(pot.id, (used.get(pot.id) ?? 0n) + taken)
    }
    open = open.filter(({ left, endMs }) => left > 0n && endMs > next)
    if (open.length === 0) break
    now = next
  }
  return used
}

/** The instants at which a pot begins or ends, and the end of the time. */
function turningPoints(
  pots: readonly Omit<Pot, 'amount'>[],
  { fromMs, untilMs }: Pick<Spending, 'fromMs' | 'untilMs'>,
): readonly number[] {
  const within = pots.flatMap(({ startMs, endMs }) => [startMs, endMs]).filter((ms) => ms > fromMs && ms < untilMs)
  return [...new Set(within)].toSorted((a, b) => a - b).concat(untilMs)
}
