import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from '../logger.ts'
import type { Database } from '../store/database.ts'
import type { MailResult } from '../store/mail-results.ts'
import type { ClaimedMail } from '../store/outbox.ts'
import type { Gate } from './gate.ts'
import { releasedResult } from './mail-result.ts'
import type { Pace } from './pace.ts'
import { record } from './recording.ts'

/** Places for each SMTP connection: those of mails on the line, and of those that follow while the ledger is written. */
const PLACES_PER_CONNECTION = 10
/** Of these, so many are given to the mail library at a time: the others can still be held back. */
const MAILS_ON_A_LINE = 2
/** So many claimed mails may wait for each place: enough to bridge the time that claiming and reading the next ones takes. */
const WAITING_PER_PLACE = 2
/** As long as the connections have enough to do, so long the ledger waits for more to be written at once. */
const GATHER_MS = 4

/** A mail that is ready to go. */
export type Departing = Readonly<{
  mail: ClaimedMail
  /** The recipient's, in lower case and ASCII. */
  domain: string
  /** The business time at which it was confirmed. */
  now: Date
  /** Whether it may still go as it was confirmed. */
  isFresh: () => boolean
  /** Hands it to the mail server; never throws. */
  send: () => Promise<MailResult>
}>

type Waiting = Departing &
  Readonly<{ signal: AbortSignal; finish: (fate: Fate) => void; fail: (error: unknown) => void }>
type Settled = Readonly<{ result: MailResult; finish: () => void; fail: (error: unknown) => void }>

/** What became of a mail: dealt with, and in the ledger; or given back, certainly not sent. */
export type Fate = 'settled' | 'given-back'

/**
 * The way out of the house. Claimed mails wait here for one of a few places, and only a mail that has one counts as handed
 * over: that is written down before its first byte leaves, and its result as soon as it is known. What a crash leaves in
 * doubt is therefore never more than the places, however large the sweep.
 *
 * One statement at a time records what has come back and marks what leaves next; meanwhile the next ones gather. So each
 * costs the database a commit for many mails, and no mail waits for others' results.
 */
export class Departures {
  readonly #places: number
  readonly #lines: number
  readonly #db: Database
  readonly #gate: Gate
  readonly #pace: Pace
  readonly #log: Logger
  #waiting: Waiting[] = []
  #departed: Waiting[] = []
  #settled: Settled[] = []
  #onLine = 0
  #isTurning = false
  #isWanted = false
  #nextBegin: NodeJS.Immediate | null = null
  #beingClaimed = 0
  #roomWanted: (() => void)[] = []
  #timer: NodeJS.Timeout | null = null
  #givesUpAtMs = Number.POSITIVE_INFINITY

  constructor(setting: Readonly<{ db: Database; gate: Gate; pace: Pace; log: Logger; maxConnections: number }>) {
    this.#db = setting.db
    this.#gate = setting.gate
    this.#pace = setting.pace
    this.#log = setting.log
    this.#places = setting.maxConnections * PLACES_PER_CONNECTION
    this.#lines = setting.maxConnections * MAILS_ON_A_LINE
  }

  /**
   * Waits until so many further mails are worth claiming, because they would leave soon.
   *
   * @returns to be called when they have been claimed and sent here; null where the signal came first
   */
  async room(mails: number, signal: AbortSignal): Promise<(() => void) | null> {
    while (!signal.aborted && !this.#hasRoom()) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#roomWanted.push(resolve)
      this.#wakeWhenOpen()
      await promise
    }
    if (signal.aborted) return null
    this.#beingClaimed += mails
    return () => {
      this.#beingClaimed -= mails
      this.#announceRoom()
    }
  }

  /** Sends a mail when a place is free, unless it grows stale or the signal comes first: then it is given back. */
  send(departing: Departing, signal: AbortSignal): Promise<Fate> {
    const { promise, resolve: finish, reject: fail } = Promise.withResolvers<Fate>()
    this.#waiting.push({ ...departing, signal, finish, fail })
    this.#turn()
    return promise
  }

  /** Looks at who waits once more: a signal has come, or time has gone by. */
  reconsider(): void {
    this.#begin()
    this.#announceRoom()
    this.#turn()
  }

  /** Records a result that needed no sending. */
  settle(result: MailResult): Promise<void> {
    const { promise, resolve: finish, reject: fail } = Promise.withResolvers<void>()
    this.#settled.push({ result, finish, fail })
    this.#turn()
    return promise
  }

  /** From now on, a database that is away is waited for no longer than so. */
  giveUpWithin(ms: number): void {
    this.#givesUpAtMs = performance.now() + ms
  }

  #turn(): void {
    this.#isWanted = true
    if (this.#isTurning) return
    this.#isTurning = true
    // Begun a moment later, so that what comes in together is dealt with together.
    setImmediate(async () => {
      while (this.#isWanted) {
        this.#isWanted = false
        await this.#turnUntilIdle()
      }
      this.#isTurning = false
    })
  }

  async #turnUntilIdle(): Promise<void> {
    for (;;) {
      if (this.#onLine + this.#departed.length > this.#places / 2) await pause(GATHER_MS)
      this.#giveBackStale()
      const leaving = this.#admit()
      const settled = this.#settled.splice(0)
      if (leaving.length + settled.length === 0) return this.#wakeWhenOpen()
      await this.#exchange(settled, leaving)
      this.#announceRoom()
    }
  }

  async #exchange(settled: readonly Settled[], leaving: readonly Waiting[]): Promise<void> {
    const recorder = { db: this.#db, log: this.#log, isOver: () => performance.now() > this.#givesUpAtMs }
    const results = settled.map(({ result }) => result)
    const departures = leaving.map(({ mail: { id, claim } }) => ({ id, claim }))
    try {
      const { departed, unrecordable } = await record(recorder, { results, departures })
      this.#depart(leaving, departed)
      for (const { result, finish, fail } of settled) {
        if (unrecordable.has(result.id)) fail(unrecordable.get(result.id))
        else finish()
      }
    } catch (error) {
      for (const { fail } of [...settled, ...leaving]) fail(error)
    }
  }

  #freePlaces(): number {
    const open = Math.max(1, Math.floor(this.#places * this.#gate.share))
    const allowed = { open, probe: 1, shut: 0 }[this.#gate.passage]
    return Math.max(0, allowed - this.#onLine - this.#departed.length)
  }

  #admit(): readonly Waiting[] {
    const { leaving, staying } = this.#pace.admit(this.#waiting, this.#freePlaces(), () => this.reconsider())
    this.#waiting = [...staying]
    return leaving
  }

  #giveBackStale(): void {
    const stale = this.#waiting.filter((each) => !this.#mayGo(each))
    if (stale.length === 0) return
    this.#waiting = this.#waiting.filter((each) => this.#mayGo(each))
    for (const each of stale) this.#giveBack(each)
  }

  /** At a shut gate nobody waits: claimed again when it opens, a mail is what it should be by then. */
  #mayGo({ signal, isFresh }: Waiting): boolean {
    return !signal.aborted && this.#gate.passage !== 'shut' && isFresh()
  }

  #depart(leaving: readonly Waiting[], departed: ReadonlySet<string>): void {
    for (const waiting of leaving) {
      // Of the others another worker has taken charge, which took this one for dead.
      if (departed.has(waiting.mail.id)) this.#departed.push(waiting)
      else waiting.finish('given-back')
    }
    this.#begin()
  }

  /**
   * Gives mails to the library while there is a line for them; those that must stay after all, it never sees. One at a
   * time: each has to be written first, and meanwhile nobody would listen to the server.
   */
  #begin(): void {
    for (let next = this.#departed[0]; next !== undefined && !this.#mayGo(next); next = this.#departed[0]) {
      this.#departed.shift()
      this.#giveBack(next)
    }
    if (this.#onLine >= this.#lines) return
    const next = this.#departed.shift()
    if (next === undefined) return
    this.#onLine += 1
    void next.send().then((result) => {
      this.#onLine -= 1
      this.#settled.push({ result, finish: () => next.finish('settled'), fail: next.fail })
      this.#begin()
      this.#turn()
    })
    this.#nextBegin ??= setImmediate(() => {
      this.#nextBegin = null
      this.#begin()
    })
  }

  #giveBack({ mail, now, finish, fail }: Waiting): void {
    this.#settled.push({ result: releasedResult(mail, now), finish: () => finish('given-back'), fail })
  }

  #hasRoom(): boolean {
    const ahead = this.#waiting.length + this.#beingClaimed
    return this.#gate.passage !== 'shut' && ahead <= WAITING_PER_PLACE * this.#places
  }

  #announceRoom(): void {
    for (const resolve of this.#roomWanted.splice(0)) resolve()
  }

  /** Who waits for room is looked after when the pause of a shut gate is over. */
  #wakeWhenOpen(): void {
    if (this.#timer !== null || this.#gate.passage !== 'shut') return
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.reconsider()
    }, this.#gate.waitMs)
    this.#timer.unref()
  }
}
