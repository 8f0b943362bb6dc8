import { openForReading } from '../../src/compose-ledger.ts'
import type { Rules } from '../../src/domain/rules.ts'
import type { SimulatedMail, Simulation, WarnedPerson } from '../../src/domain/simulation.ts'
import { noProgress } from '../../src/jobs/progress.ts'
import { simulate } from '../../src/jobs/simulate.ts'

type Simulated = Readonly<{
  result: Simulation
  mails: readonly SimulatedMail[]
  otherMails: readonly SimulatedMail[]
  noLongerWarned: readonly WarnedPerson[]
  newlyWarned: readonly WarnedPerson[]
}>

/** Simulates a period in this process, by the company's own rules or others, and keeps all that it hands over. */
export async function simulateIn(
  env: Readonly<Record<string, string>>,
  period: Readonly<{ from: string; to: string; rules?: Rules; otherRules?: Rules }>,
): Promise<Simulated> {
  await using setting = await openForReading(env)
  const mails: SimulatedMail[] = []
  const otherMails: SimulatedMail[] = []
  const noLongerWarned: WarnedPerson[] = []
  const newlyWarned: WarnedPerson[] = []
  const request = {
    from: new Date(period.from),
    to: new Date(period.to),
    rules: period.rules ?? setting.rules,
    otherRules: period.otherRules ?? null,
  }
  const result = await simulate({ ...setting, openProgress: noProgress }, request, {
    mail: (mail, under) => (under === 'rules' ? mails : otherMails).push(mail),
    noLongerWarned: (person) => noLongerWarned.push(person),
    newlyWarned: (person) => newlyWarned.push(person),
  })
  return { result, mails, otherMails, noLongerWarned, newlyWarned }
}
