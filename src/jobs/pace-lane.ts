/** So far ahead departures are reserved: longer than it takes to ask for them, short enough that few are lost by a crash. */
const AHEAD_MS = 250
/** So long a departure may be late: what nobody used by then is gone, or a pause would be made up for in one burst. */
const LATE_MS = 250

/** Departures that this process has reserved of a lane: its share of what the fleet may send. */
export class PaceLane {
  readonly name: string
  readonly perSecond: number
  #departuresMs: number[] = []
  #wanted = 0
  #claimed = 0
  #isAsking = false

  constructor(name: string, perSecond: number) {
    this.name = name
    this.perSecond = perSecond
  }

  /** Begins to count anew how many mails want to leave by it. Departures that mails claimed last time are not too late. */
  restart(nowMs: number): void {
    while ((this.#departuresMs[this.#claimed] ?? nowMs) < nowMs - LATE_MS) this.#departuresMs.shift()
    this.#wanted = 0
    this.#claimed = 0
  }

  /** Keeps a departure that has come for one mail, which may still have to wait for another lane's; false where none has. */
  claim(nowMs: number): boolean {
    const isThere = (this.#departuresMs[this.#claimed] ?? Number.POSITIVE_INFINITY) <= nowMs
    if (isThere) this.#claimed += 1
    else this.#wanted += 1
    return isThere
  }

  /** Uses up a departure that was claimed. */
  take(): void {
    this.#claimed -= 1
    this.#departuresMs.shift()
  }

  /** How many departures are worth asking for now; 0 where none is, or somebody is asking already. */
  get shortage(): number {
    if (this.#isAsking) return 0
    const worthwhile = Math.max(1, Math.ceil((this.perSecond * AHEAD_MS) / 1000))
    const reserved = this.#departuresMs.length
    const missing = Math.min(this.#wanted + this.#claimed, worthwhile) - reserved
    // By halves: each question costs the database a commit.
    return reserved <= worthwhile / 2 ? Math.max(0, missing) : 0
  }

  /** When the next mail that wants to may leave; null where none wants to, or nothing is reserved. */
  get nextMs(): number | null {
    return this.#wanted === 0 ? null : (this.#departuresMs[this.#claimed] ?? null)
  }

  /** Adds departures that `reserve` obtains; what goes wrong is the caller's. */
  async ask(reserve: () => Promise<readonly number[]>): Promise<void> {
    this.#isAsking = true
    try {
      this.#departuresMs.push(...(await reserve()))
    } finally {
      this.#isAsking = false
    }
  }
}
