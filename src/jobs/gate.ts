/** Why nothing may be sent for now. */
export type Closure = Readonly<{ reason: 'service-refused' | 'unreachable'; detail: string }>

const FIRST_PAUSE_MS = 30_000
const LONGEST_PAUSE_MS = 15 * 60_000
/** So many mails refused by policy, one after the other and none taken in between, speak of us and not of them. */
const REFUSALS_IN_A_ROW = 3

/**
 * Stops delivery as a whole while the server refuses us or cannot be reached: every further try would fail alike, and
 * must cost no mail anything.
 *
 * - `open`: mails go out.
 * - `probe`: one mail goes out, and its answer decides. So it begins, too: a wrong password is tried once, not by every mail.
 * - `shut`: none goes out, for a pause that each failed probe doubles.
 */
export class Gate {
  #closure: Closure | null = null
  #isProven = false
  #reopensAt = 0
  #pauseMs = FIRST_PAUSE_MS
  readonly #refused = new Set<string>()
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

  /** Nothing goes out any more: what every mail would meet. */
  close(closure: Closure): void {
    const isAgain = this.#closure !== null && this.waitMs === 0
    if (this.#closure === null) this.#pauseMs = FIRST_PAUSE_MS
    else if (isAgain) this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS)
    if (this.#closure === null || isAgain) this.#reopensAt = this.#now() + this.#pauseMs
    this.#closure = closure
  }

  /** A mail was refused by policy, which may mean it or us. */
  suspect(mailId: string, detail: string): void {
    this.#refused.add(mailId)
    if (this.#refused.size >= REFUSALS_IN_A_ROW) this.close({ reason: 'service-refused', detail })
  }

  /** The server took a mail: it serves us. */
  open(): void {
    this.#closure = null
    this.#isProven = true
    this.#refused.clear()
  }

  /** The server answered for one mail alone: it is there, and serves us unless it had shut us out before. */
  answered(): void {
    if (this.#closure?.reason === 'service-refused') return
    this.#closure = null
    this.#isProven = true
  }
}
