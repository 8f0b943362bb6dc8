import type { WarnedPerson } from '../domain/simulation.ts'
import type { SimulationReport } from '../jobs/simulation-report.ts'
import { style } from './output.ts'
import { simulationChart } from './simulate-chart.ts'
import { daysTable } from './simulate-days.ts'
import type { SimulationForm } from './simulate-form.ts'
import { comparedLines, type People, singleLines } from './simulate-verdict.ts'
import { nameInShort } from './simulate-words.ts'

/** So many people are named; the other forms name all. */
const MAX_PEOPLE = 10
/** So many held sweeps. */
const MAX_HELD = 10

/**
 * A simulation for eyes: what it comes to, the mails as bars, and day by day.
 *
 * @param width of the terminal, to fit it into; null for as wide as it is
 * @param finish of the text, before it is written
 */
export function openTable(width: number | null, finish: (text: string) => string = (text) => text): SimulationForm {
  const people = { noLongerWarned: [] as WarnedPerson[], newlyWarned: [] as WarnedPerson[] }
  const keepFirst = (kept: WarnedPerson[]) => (person: WarnedPerson) => {
    if (kept.length < MAX_PEOPLE) kept.push(person)
  }
  return {
    listener: { noLongerWarned: keepFirst(people.noLongerWarned), newlyWarned: keepFirst(people.newlyWarned) },
    pieces: (report) => [`${finish(simulationTable(report, people, width))}\n`],
    [Symbol.dispose]: () => {},
  }
}

function simulationTable(report: SimulationReport, people: People, width: number | null): string {
  const { from, to, quietBecause, compared } = report
  const lines = [`Simulation from ${toSecond(from)} to ${toSecond(to)}. Nothing was sent.`]
  if (quietBecause !== null) {
    return [...lines, style('bold', 'The period brings no mail'), `That is because ${quietBecause}.`].join('\n')
  }
  return [
    ...lines,
    ...(compared === null ? singleLines(report, width) : comparedLines({ ...report, compared }, people, width)),
    '',
    ...simulationChart(report, width),
    '',
    ...daysTable(report, width),
    ...heldLines(report),
  ].join('\n')
}

/** The sweeps that the guard would hold, under the rules and under those to compare with. */
function heldLines({ side, compared }: SimulationReport): readonly string[] {
  return [side, ...(compared === null ? [] : [compared])].flatMap(({ name, period: { held } }) => {
    if (held.length === 0) return []
    const whose = compared === null ? '' : ` under ${nameInShort(name)}`
    const more = held.length - MAX_HELD
    return [
      '',
      style('yellow', `Held for approval${whose}: ${held.length.toLocaleString('en')} of its sweeps`),
      ...held.slice(0, MAX_HELD).map(({ at, because }) => ` ${at.toISOString()}  ${because}`),
      ...(more > 0 ? [` and ${more.toLocaleString('en')} more; --format json names each`] : []),
    ]
  })
}

/** `2026-05-01T00:00:00Z`: the line fits a terminal of 80 columns. */
function toSecond(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, 'Z')
}
