import { html } from 'hono/html'
import type { SimulationReport } from '../jobs/simulation-report.ts'
import type { Samples } from '../jobs/simulation-samples.ts'
import { documentPieces, type Html } from './document.ts'
import { instantInWords } from './dry-run-words.ts'
import { simulationChart } from './simulation-chart.ts'
import { daysSection, heldSection } from './simulation-days.ts'
import { settingsSection, warnedSections } from './simulation-differences.ts'
import { simulationVerdict } from './simulation-verdict.ts'
import { DOCUMENT_STYLE } from './style.ts'
import { TABLE_SCRIPT } from './table-script.ts'

/** A simulation as a document of one file, piece by piece. */
export function simulationPage(report: SimulationReport, samples: Samples): Generator<string> {
  const title = `Simulation from ${instantInWords(report.from)} to ${instantInWords(report.to)}`
  return documentPieces({ title, style: DOCUMENT_STYLE, script: TABLE_SCRIPT, body: body(report, samples) })
}

function* body(report: SimulationReport, samples: Samples): Generator<Html> {
  yield simulationVerdict(report)
  if (report.compared !== null) yield settingsSection(report.side.name, report.compared)
  if (report.quietBecause === null) {
    yield simulationChart(report)
    if (report.compared !== null) yield* warnedSections(report.side.name, report.compared, samples)
    yield* daysSection(report, samples)
    yield* heldSection(report)
  }
  yield html`</main>
<footer><p>A simulation takes for granted that nothing is bought, spent, voided or moved meanwhile, and that every mail gets through. Days are those of UTC.</p>
<p>This file holds names and addresses of customers: keep it as you keep those.</p></footer>`
}
