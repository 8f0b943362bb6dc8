import { expect, it } from 'vitest'
import { settingDifferences } from '../../src/config/rules-difference.ts'
import { parseRules } from '../../src/config/rules-file.ts'

const between = (one: string, other: string) =>
  settingDifferences(parseRules(one), parseRules(other)).map((each) => `${each.setting}: ${each.one} -> ${each.other}`)

it('finds nothing between rules that say the same, however they are written', () => {
  expect(between('', 'sendAt: "09:00"')).toEqual([])
  expect(between('minimumRemaining: { USD: 1, EUR: 2 }', 'minimumRemaining: { EUR: 2, USD: 1 }')).toEqual([])
})

it('names each setting as the file does, with what either says', () => {
  expect(
    between(
      'policies: { purchased: { validity: P1Y, warnBefore: [P7D] } }',
      '{ sendAt: anytime, policies: { purchased: { warnBefore: [P7D, P1D] } }, minimumRemaining: { USD: "0.70" }, keepMails: null }',
    ),
  ).toEqual([
    'policies.purchased.validity: P1Y -> none',
    'policies.purchased.warnBefore: [P7D] -> [P7D, P1D]',
    'sendAt: 09:00 -> anytime',
    'keepMails: P180D -> none',
    'minimumRemaining.USD: 0.50 -> 0.70',
  ])
})

it('compares a kind that one of them does not name with its default', () => {
  const named = 'policies: { default: { warnBefore: [P7D] }, trial: { warnBefore: [P1D] } }'
  expect(between('policies: { default: { warnBefore: [P7D] } }', named)).toEqual([
    'policies.trial.warnBefore: [P7D] -> [P1D]',
  ])
  expect(
    between(
      'policies: { default: { warnBefore: [P7D] } }',
      'policies: { default: { warnBefore: [P7D] }, trial: { warnBefore: [P7D] } }',
    ),
  ).toEqual([])
})
