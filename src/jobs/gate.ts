import { setTimeout } from 'node:timers/promises'

/** Why nothing may be sent for now. */
export type Closure = Readonly<{ reason: 'service-refused' | 'unreachable'; detail: string }>

const FIRST_PAUSE_MS = 30_000
const LONGEST_PAUSE_MS = 15 * 60_000

/**
 * Stops delivery as a whole while the server refuses us or cannot be reached: every further try would fail alike, and
 * must cost no mail anything. After a pause one group goes out as a probe; each failure doubles the pause.
 */
export class Gate {
  #closure: Closure | null = null
  #reopensAt = 0
  #pauseMs = FIRST_PAUSE_MS
  readonly #now: () => number

  /** @param now a monotonic clock in milliseconds */
  constructor(now: () => number) {
    this.#now = now
  }

  get closure(): Closure | null {
    return this.#closure
  }

  /** Waits until mail may go out; false where the signal came first. */
  async passage(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      const waitMs = this.#waitMs()
      if (waitMs === 0) return true
      await setTimeout(waitMs, undefined, { signal }).catch(() => {})
    }
    return false
  }

  #waitMs(): number {
    return this.#closure === null ? 0 : Math.max(0, this.#reopensAt - this.#now())
  }

  close(closure: Closure): void {
    const again = this.#closure !== null && this.#waitMs() === 0
    if (this.#closure === null) this.#pauseMs = FIRST_PAUSE_MS
    else if (again) this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS)
    if (this.#closure === null || again) this.#reopensAt = this.#now() + this.#pauseMs
    this.#closure = closure
  }

  open(): void {
    this.#closure = null
  }
}
