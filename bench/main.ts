/** `npm run bench [-- rendering|sweep|planning|memory|delivery|fleet|dkim|simulate|report …]`: what docs/benchmarks.md describes; exits 1 when a target is missed. */
import { cpus } from 'node:os'
import { note, print } from '../src/cli/output.ts'
import { EXIT } from '../src/errors.ts'
import { benchDelivery } from './delivery.ts'
import { benchDkim } from './dkim.ts'
import { type Figure, printFigures } from './figures.ts'
import { benchFleet } from './fleet.ts'
import { benchImport } from './import.ts'
import { benchMemory } from './memory.ts'
import { benchPlanning } from './planning.ts'
import { benchRendering } from './rendering.ts'
import { benchReport } from './report.ts'
import { type BenchServer, SERVER_SETTINGS, startServer } from './server.ts'
import { benchSimulate } from './simulate.ts'
import { benchSweep } from './sweep.ts'

const BENCHMARKS: Readonly<Record<string, (server: BenchServer) => Promise<readonly Figure[]>>> = {
  rendering: benchRendering,
  sweep: benchSweep,
  planning: benchPlanning,
  memory: benchMemory,
  delivery: benchDelivery,
  fleet: benchFleet,
  dkim: benchDkim,
  import: benchImport,
  simulate: benchSimulate,
  report: benchReport,
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(BENCHMARKS, name))
if (unknown.length > 0) {
  note(`there is no benchmark ${unknown.join(', ')}; there are ${Object.keys(BENCHMARKS).join(', ')}`)
  process.exit(EXIT.usage)
}

const figures: Figure[] = []
{
  await using server = await startServer()
  for (const [name, bench] of Object.entries(BENCHMARKS)) {
    if (asked.length > 0 && !asked.includes(name)) continue
    note(`measuring: ${name}`)
    figures.push(...(await bench(server)))
  }
}
print(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`)
print(`PostgreSQL 18 on the same machine: ${SERVER_SETTINGS.join(' ')}`)
print()
printFigures(figures)
process.exitCode = figures.some(({ met }) => met === false) ? EXIT.needsPerson : EXIT.done
