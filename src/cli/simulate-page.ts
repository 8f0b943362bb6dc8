import type { ReportRequest } from '../jobs/simulation-report.ts'
import { SimulationSamples } from '../jobs/simulation-samples.ts'
import { withProgress } from './progress.ts'
import type { SimulationForm } from './simulate-form.ts'

/** `simulate --format html`: a page of one file. It names some of the mails of each day; its figures are of all. */
export function openPage(period: ReportRequest): SimulationForm {
  const samples = new SimulationSamples(period)
  return {
    listener: samples.listener,
    pieces: async (report) => {
      // Its drawing library takes half a second to load, which no other format needs.
      const { simulationPage } = await import('../pages/simulation-page.ts')
      return withProgress('writing the page, in parts', simulationPage(report, samples.take()))
    },
    [Symbol.dispose]: () => {},
  }
}
