/** Why nothing may be sent for now. */
export type Closure = Readonly<{ reason: 'service-refused' | 'unreachable' | 'throttled'; detail: string }>

/** How long it stays shut at first, and at most, in milliseconds. */
const PAUSES_MS = {
  'service-refused': { first: 30_000, longest: 15 * 60_000 },
  unreachable: { first: 30_000, longest: 15 * 60_000 },
  throttled: { first: 5000, longest: 5 * 60_000 },
} as const satisfies Record<Closure['reason'], object>

/** So many mails that fare alike, one after the other and none taken in between, speak of us or the line, and not of them. */
const ALIKE_IN_A_ROW = 3

/** Of the places on the way out, a throttled sender begins again with so many, and has all of them back after 200 mails. */
const SMALLEST_SHARE = 1 / 8
const SHARE_PER_MAIL = (1 - SMALLEST_SHARE) / 200

/**
 * Stops delivery as a whole while the server refuses us or cannot be reached: every further try would fail alike, and
 * must cost no mail anything. Slows it down where the server is sent too much at a time.
 *
 * - `open`: mails go out.
 * - `probe`: one mail goes out, and its answer decides. So it begins, too: a wrong password is tried once, not by every mail.
 * - `shut`: none goes out, for a pause that each failed probe doubles.
 */
export class Gate {
  #closure: Closure | null = null
  #isProven = false
  #reopensAt = 0
  #pauseMs = 0
  #share = 1
  readonly #suspects = { 'service-refused': new Set<string>(), unreachable: new Set<string>() }
  readonly #now: () => number

  /** @param now a monotonic clock in milliseconds */
  constructor(now: () => number) {
    this.#now = now
  }

  get closure(): Closure | null {
    return this.#closure
  }

  get passage(): 'open' | 'probe' | 'shut' {
    if (this.#closure === null) return this.#isProven ? 'open' : 'probe'
    return this.waitMs > 0 ? 'shut' : 'probe'
  }

  /** How long it stays shut, in milliseconds. */
  get waitMs(): number {
    return this.#closure === null ? 0 : Math.max(0, this.#reopensAt - this.#now())
  }

  /** How much of what could be under way at a time may be, in (0, 1]: less for a while after the server was sent too much. */
  get share(): number {
    return this.#share
  }

  /** Nothing goes out any more: what every mail would meet. */
  close(closure: Closure): void {
    // A server that is sent too much hangs up on others, too: that it is there, and asks for patience, is known.
    if (closure.reason === 'unreachable' && this.#closure?.reason === 'throttled' && this.waitMs > 0) return
    const { first, longest } = PAUSES_MS[closure.reason]
    const isAgain = this.#closure !== null && this.waitMs === 0
    // Throttled once more before the full speed was reached: the last pause was too short.
    const isStillTooFast = closure.reason === 'throttled' && this.#closure === null && this.#share < 1
    if (isAgain || isStillTooFast) this.#pauseMs = Math.min(Math.max(first, this.#pauseMs * 2), longest)
    else if (this.#closure === null) this.#pauseMs = first
    if (this.#closure === null || isAgain) this.#reopensAt = this.#now() + this.#pauseMs
    if (closure.reason === 'throttled') this.#share = SMALLEST_SHARE
    this.#closure = closure
  }

  /**
   * What befell a mail may be its own, or what every mail would meet: refused by policy, which may mean it or us; or never
   * answered once it was handed over, by a server that takes every mail so, and would be sent each of them twice.
   */
  suspect(mailId: string, closure: Readonly<{ reason: 'service-refused' | 'unreachable'; detail: string }>): void {
    const alike = this.#suspects[closure.reason]
    alike.add(mailId)
    if (alike.size >= ALIKE_IN_A_ROW) this.close(closure)
  }

  /** The server took a mail: it serves us. */
  open(): void {
    // What was under way when the server complained says nothing about its having got over it.
    if (this.#closure?.reason === 'throttled' && this.waitMs > 0) return
    this.#share = Math.min(1, this.#share + SHARE_PER_MAIL)
    this.#closure = null
    this.#isProven = true
    for (const alike of Object.values(this.#suspects)) alike.clear()
  }

  /** The server answered for one mail alone: it is there, and serves us unless it had shut us out or asked us to wait. */
  answered(): void {
    if (this.#closure !== null && this.#closure.reason !== 'unreachable') return
    this.#closure = null
    this.#isProven = true
  }
}
