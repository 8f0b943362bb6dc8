import Table from 'cli-table3'
import { print, style } from '../src/cli/output.ts'
import { BORDERLESS } from '../src/cli/table.ts'

/** One line of the table. Without a verdict it is there to be known, and nothing is promised. */
export type Figure = Readonly<{ name: string; target: string; measured: string; met: boolean | null }>

/** The figure of which a target is promised. */
export function promised(name: string, target: string, measured: string, met: boolean): Figure {
  return { name, target, measured, met }
}

/** A figure that explains the others. */
export function known(name: string, measured: string): Figure {
  return { name, target: '', measured, met: null }
}

/** The middle value; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor((sorted.length - 1) / 2)
  const upper = Math.ceil((sorted.length - 1) / 2)
  return ((sorted[middle] ?? Number.NaN) + (sorted[upper] ?? Number.NaN)) / 2
}

export function printFigures(figures: readonly Figure[]): void {
  const table = new Table({
    head: ['figure', 'target', 'measured', 'verdict'],
    colAligns: ['left', 'right', 'right', 'left'],
    chars: BORDERLESS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
  })
  for (const { name, target, measured, met } of figures) table.push([name, target, measured, verdictText(met)])
  print(table.toString())
}

function verdictText(met: boolean | null): string {
  if (met === null) return ''
  return met ? style('green', 'met') : style(['red', 'bold'], 'MISSED')
}

/** A whole number with its thousands apart. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en')
}
