import type { SimulationListener } from '../jobs/simulate.ts'
import type { SimulationReport } from '../jobs/simulation-report.ts'

/** How a simulation is shown: what takes in mails and people as they come, and what is made of them and of the figures. */
export type SimulationForm = Disposable &
  Readonly<{
    listener: SimulationListener
    pieces: (report: SimulationReport) => Iterable<string> | Promise<Iterable<string>>
  }>
