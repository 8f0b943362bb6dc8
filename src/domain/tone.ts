import Big from 'big.js'
import { compareDecimals, sumDecimals } from './amount.ts'
import type { Category, Decimal, Stage } from './model.ts'
import type { Outlook } from './outlook.ts'
import { policyFor, type Rules } from './rules.ts'
import { stageLengthMs } from './told.ts'

/**
 * How plainly a warning speaks. `last`: no further one will come. `calm`: little is at stake, or all of it will be used
 * anyway, so there is no alarm, not even in the last one.
 */
export type Tone = 'usual' | 'last' | 'calm'

/** Less than this part of what is kept in a unit is little of it. */
const LITTLE_IS_LESS_THAN_ONE_IN = 10

type Line = Readonly<{ stage: Stage; kind: string; unit: string; amount: Decimal }>

/** The tone of a mail, whose lines are most urgent first. */
export function toneOf(mail: { category: Category; lines: readonly Line[]; outlook: Outlook; rules: Rules }): Tone {
  const [first] = mail.lines
  if (mail.category !== 'warning' || first === undefined) return 'usual'
  const byUnit = Map.groupBy(mail.lines, ({ unit }) => unit)
  const isCalm = [...byUnit].every(([unit, lines]) => isNoLoss(unit, sumOf(lines), mail.outlook))
  if (isCalm) return 'calm'
  return isTightest(first, mail.rules) ? 'last' : 'usual'
}

function sumOf(lines: readonly Line[]): Decimal {
  return sumDecimals(lines.map(({ amount }) => amount))
}

/** True where all of a unit's amount will be used in time, or far more of the unit is kept. */
function isNoLoss(unit: string, amount: Decimal, { forecasts, kept }: Outlook): boolean {
  const forecast = forecasts.find((each) => each.unit === unit)
  if (forecast !== undefined && compareDecimals(forecast.lost, '0') <= 0) return true
  const keptAmount = kept.find((each) => each.unit === unit)?.amount ?? '0'
  return new Big(amount).times(LITTLE_IS_LESS_THAN_ONE_IN).lt(keptAmount)
}

/** By length: a notice may have been planned by an earlier ladder, whose rungs were called otherwise. */
function isTightest({ kind, stage }: Line, rules: Rules): boolean {
  const lengths = policyFor(rules, kind).rungs.map((rung) => stageLengthMs(rung.stage))
  return lengths.every((length) => stageLengthMs(stage) <= length)
}
