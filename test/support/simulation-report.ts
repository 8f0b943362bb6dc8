import type { SimulationForm } from '../../src/cli/simulate-form.ts'
import { openForReading } from '../../src/compose-ledger.ts'
import { parseRules } from '../../src/config/rules-file.ts'
import { noProgress } from '../../src/jobs/progress.ts'
import { type ReportRequest, reportSimulation } from '../../src/jobs/simulation-report.ts'

export type Asked = Readonly<{
  from: string
  to: string
  /** The text of a file of rules to compare with, `other.yaml`. */
  compare?: string
}>

/** What `simulate` prints in a form, worked out in this process. */
export async function shownAs(
  env: Readonly<Record<string, string>>,
  openForm: (request: ReportRequest) => SimulationForm,
  { from, to, compare }: Asked,
): Promise<string> {
  await using setting = await openForReading(env)
  const request = {
    from: new Date(from),
    to: new Date(to),
    rules: { name: "today's rules", rules: setting.rules },
    otherRules: compare === undefined ? null : { name: 'other.yaml', rules: parseRules(compare) },
  }
  using form = openForm(request)
  const report = await reportSimulation({ ...setting, openProgress: noProgress }, request, form.listener)
  return [...(await form.pieces(report))].join('')
}
