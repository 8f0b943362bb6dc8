import type { SimulatedMail, WarnedPerson } from '../domain/simulation.ts'
import { daysIn } from '../domain/spans.ts'
import type { SimulationListener } from './simulate.ts'

/** So many mails a document names, of each set of rules; a short period has them all. */
const MAX_MAILS = 20_000
/** Of each day, so many at least. */
const MIN_MAILS_OF_A_DAY = 20
const MAX_PEOPLE = 5000

/** The mails and people that a document names; of each, there may be more. */
export type Samples = Readonly<{
  /** By day of UTC, in the order of time. */
  mails: ReadonlyMap<string, readonly SimulatedMail[]>
  otherMails: ReadonlyMap<string, readonly SimulatedMail[]>
  noLongerWarned: readonly WarnedPerson[]
  newlyWarned: readonly WarnedPerson[]
}>

/** Keeps some of the mails of each day, as they come, so that memory does not grow with the period. */
export class SimulationSamples {
  readonly #most: number
  readonly #mails = { rules: new Map<string, SimulatedMail[]>(), otherRules: new Map<string, SimulatedMail[]>() }
  readonly #people = { noLongerWarned: [] as WarnedPerson[], newlyWarned: [] as WarnedPerson[] }

  constructor(period: Readonly<{ from: Date; to: Date }>) {
    this.#most = Math.max(MIN_MAILS_OF_A_DAY, Math.floor(MAX_MAILS / Math.max(1, daysIn(period))))
  }

  get listener(): SimulationListener {
    const keep = (kept: WarnedPerson[]) => (person: WarnedPerson) => {
      if (kept.length < MAX_PEOPLE) kept.push(person)
    }
    return {
      mail: (mail, under) => this.#keep(mail, this.#mails[under]),
      noLongerWarned: keep(this.#people.noLongerWarned),
      newlyWarned: keep(this.#people.newlyWarned),
    }
  }

  take(): Samples {
    return { mails: inOrder(this.#mails.rules), otherMails: inOrder(this.#mails.otherRules), ...this.#people }
  }

  #keep(mail: SimulatedMail, days: Map<string, SimulatedMail[]>): void {
    const day = mail.at.toISOString().slice(0, 'yyyy-mm-dd'.length)
    const kept = days.get(day) ?? []
    days.set(day, kept)
    if (kept.length < this.#most) kept.push(mail)
  }
}

function inOrder(days: ReadonlyMap<string, readonly SimulatedMail[]>): ReadonlyMap<string, readonly SimulatedMail[]> {
  return new Map(
    [...days].map(([day, mails]) => [day, mails.toSorted((a, b) => a.at.getTime() - b.at.getTime())] as const),
  )
}
