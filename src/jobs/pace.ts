import { setTimeout as pause } from 'node:timers/promises'
import type { Rules } from '../domain/rules.ts'
import type { Logger } from '../logger.ts'
import type { Database } from '../store/database.ts'
import { reserveDepartures } from '../store/pace-lanes.ts'
import { PaceLane } from './pace-lane.ts'

/** The lane of all mail. No domain has such a name. */
const ALL = '*'
const RETRY_MS = 1000
/** Of domains that nobody named; they are forgotten together. */
const MAX_LANES = 1000

type Rates = Pick<Rules, 'maxPerSecond' | 'maxPerSecondPerDomain'>

/**
 * Keeps the fleet to `maxPerSecond`, and each recipient domain's mail to `maxPerSecondPerDomain`. A mail leaves when its
 * domain's lane has a departure for it, and the lane of all mail another; the database hands these out.
 */
export class Pace {
  readonly #db: Database
  readonly #rates: Rates
  readonly #log: Pick<Logger, 'warn'>
  readonly #lanes = new Map<string, PaceLane>()
  #timer: NodeJS.Timeout | null = null

  constructor(setting: Readonly<{ db: Database; rates: Rates; log: Pick<Logger, 'warn'> }>) {
    this.#db = setting.db
    this.#rates = setting.rates
    this.#log = setting.log
  }

  /**
   * Parts the mails that may leave now, in their order, from those that stay.
   *
   * @param ready called once when it is worth asking again
   */
  admit<M extends Readonly<{ domain: string }>>(
    waiting: readonly M[],
    places: number,
    ready: () => void,
  ): Readonly<{ leaving: readonly M[]; staying: readonly M[] }> {
    if (!this.#isLimited()) return { leaving: waiting.slice(0, places), staying: waiting.slice(places) }
    const nowMs = performance.now()
    for (const lane of this.#lanes.values()) lane.restart(nowMs)
    const leaving: M[] = []
    const staying: M[] = []
    for (const mail of waiting) {
      if (leaving.length < places && this.#mayLeave(mail.domain, nowMs)) leaving.push(mail)
      else staying.push(mail)
    }
    this.#provide(nowMs, ready)
    return { leaving, staying }
  }

  #isLimited(): boolean {
    return this.#rates.maxPerSecond !== null || Object.keys(this.#rates.maxPerSecondPerDomain).length > 0
  }

  #mayLeave(domain: string, nowMs: number): boolean {
    const lanes = this.#lanesOf(domain)
    // Its domain's first, and kept until one of all mail comes: that would be wasted on a mail that has to stay.
    if (!lanes.every((lane) => lane.claim(nowMs))) return false
    for (const lane of lanes) lane.take()
    return true
  }

  #lanesOf(domain: string): readonly PaceLane[] {
    const { maxPerSecond, maxPerSecondPerDomain: perDomain } = this.#rates
    const ofDomain = Object.hasOwn(perDomain, domain) ? perDomain[domain] : perDomain.default
    return [
      ...(ofDomain === undefined ? [] : [this.#lane(domain, ofDomain)]),
      ...(maxPerSecond === null ? [] : [this.#lane(ALL, maxPerSecond)]),
    ]
  }

  #lane(name: string, perSecond: number): PaceLane {
    const known = this.#lanes.get(name)
    if (known !== undefined) return known
    if (this.#lanes.size >= MAX_LANES) this.#lanes.clear()
    const lane = new PaceLane(name, perSecond)
    this.#lanes.set(name, lane)
    return lane
  }

  #provide(nowMs: number, ready: () => void): void {
    for (const lane of this.#lanes.values()) {
      const { shortage } = lane
      if (shortage > 0) void lane.ask(() => this.#reserve(lane, shortage)).then(ready)
    }
    const next = [...this.#lanes.values()].flatMap(({ nextMs }) => (nextMs === null ? [] : [nextMs]))
    if (next.length === 0) return
    clearTimeout(this.#timer ?? undefined)
    this.#timer = setTimeout(ready, Math.max(0, Math.min(...next) - nowMs))
    this.#timer.unref()
  }

  /** While the database is away nothing leaves: without it, nobody knows what the others send. */
  async #reserve({ name: lane, perSecond }: PaceLane, mails: number): Promise<readonly number[]> {
    try {
      const firstInMs = await reserveDepartures(this.#db, { lane, mails, perSecond })
      const firstMs = performance.now() + firstInMs
      return Array.from({ length: mails }, (_, index) => firstMs + (index * 1000) / perSecond)
    } catch (error) {
      this.#log.warn({ err: error }, 'the sending rate could not be agreed on; it is tried again')
      await pause(RETRY_MS, undefined, { ref: false })
      return []
    }
  }
}
