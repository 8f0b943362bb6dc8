import { describe, expect, test } from 'vitest'
import { NO_OUTLOOK, type Outlook } from '../../src/domain/outlook.ts'
import { toneOf } from '../../src/domain/tone.ts'
import { policy, someRules } from './builders.ts'

const RULES = someRules({
  policies: { purchased: policy(['P60D', 'P7D', 'P1D']), once: policy(['P7D']) },
  defaultPolicy: policy(['P30D', 'PT12H']),
})

type Line = Readonly<{ stage: string; kind?: string; unit?: string; amount?: string }>

const line = ({ stage, kind = 'purchased', unit = 'USD', amount = '18.00' }: Line) => ({ stage, kind, unit, amount })
const toneOfWarning = (lines: readonly Line[], outlook: Outlook = NO_OUTLOOK) =>
  toneOf({ category: 'warning', lines: lines.map(line), outlook, rules: RULES })

const kept = (amount: string, unit = 'USD') => ({ unit, amount, nextExpiry: null })
const forecast = (used: string, lost: string, unit = 'USD') => ({ unit, used, lost, perDay: '1' })

describe('the last warning', () => {
  test.each([
    ['of the tightest rung of its policy', 'purchased', 'P1D', 'last'],
    ['of a wider rung is none', 'purchased', 'P7D', 'usual'],
    ['of the only rung there is', 'once', 'P7D', 'last'],
    ['by the default policy', 'goodwill', 'PT12H', 'last'],
    ['of a rung that has gone from the policy, and was wider, is none', 'purchased', 'P2D', 'usual'],
    ['of a rung that has gone from the policy, and was tighter', 'purchased', 'PT2H', 'last'],
    ['by the rung’s length, however it is written', 'purchased', 'PT24H', 'last'],
  ])('%s', (_case, kind, stage, tone) => {
    expect(toneOfWarning([{ kind, stage }])).toBe(tone)
  })

  test('is told by the most urgent line', () => {
    expect(toneOfWarning([{ stage: 'P1D' }, { stage: 'P60D' }])).toBe('last')
    expect(toneOfWarning([{ stage: 'P7D' }, { stage: 'P1D' }])).toBe('usual')
  })
})

describe('no alarm, not even in the last warning', () => {
  const LAST = { stage: 'P1D' }

  test('where all of it will be used', () => {
    expect(toneOfWarning([LAST], { forecasts: [forecast('18.00', '0.00')], kept: [] })).toBe('calm')
    expect(toneOfWarning([LAST], { forecasts: [forecast('17.99', '0.01')], kept: [] })).toBe('last')
    expect(toneOfWarning([LAST], { forecasts: [forecast('18', '0', 'EUR')], kept: [] })).toBe('last')
  })

  test('where it is less than a tenth of what is kept, to the cent', () => {
    expect(toneOfWarning([LAST], { forecasts: [], kept: [kept('180.01')] })).toBe('calm')
    expect(toneOfWarning([LAST], { forecasts: [], kept: [kept('180.00')] })).toBe('last')
    expect(toneOfWarning([LAST], { forecasts: [], kept: [kept('1000000', 'credits')] })).toBe('last')
  })

  test('where that holds for each unit, and the lines of a unit together', () => {
    const lines = [LAST, { ...LAST, unit: 'credits', amount: '5' }, { ...LAST, unit: 'credits', amount: '5' }]
    const forecasts = [forecast('18.00', '0')]
    expect(toneOfWarning(lines, { forecasts, kept: [kept('101', 'credits')] })).toBe('calm')
    expect(toneOfWarning(lines, { forecasts, kept: [kept('100', 'credits')] })).toBe('last')
    expect(toneOfWarning(lines, { forecasts, kept: [] })).toBe('last')
  })
})

test('Only warnings have a tone of their own', () => {
  const outlook = { forecasts: [], kept: [kept('1000000')] }
  for (const category of ['expired', 'correction'] as const) {
    expect(toneOf({ category, lines: [line({ stage: 'P1D' })], outlook, rules: RULES })).toBe('usual')
  }
})
