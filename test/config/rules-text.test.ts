import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { rulesDocument } from '../../src/config/rules-document.ts'
import { defaultRules, parseRules } from '../../src/config/rules-file.ts'
import { rulesText } from '../../src/config/rules-text.ts'
import { rulesHash } from '../../src/store/sweep-ledger.ts'

/** As a database gives it back that does not keep the order of names (PostgreSQL: shorter ones first). */
function disordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const entries = Object.entries(value).map(([name, each]) => [name, disordered(each)] as const)
  return Object.fromEntries(entries.toSorted(([a], [b]) => a.length - b.length || (a < b ? -1 : 1)))
}

const FULL = parseRules(`
billingUrl: https://example.com/
policies:
  zeta: { warnBefore: [P3D], validity: P2M, calendar: true }
  a: { warnBefore: [] }
  default: { warnBefore: [P1D], validity: P1Y, skipIfUsedUp: true }
minimumRemaining: { USD: "1", credits: "10", EUR: "0.5", "7": "2" }
maxPerSecondPerDomain: { long.example.com: 2, b.example: 1, default: 5 }
maxGrowth: 2.5
keepMails: null
retention: P2Y
`)

describe('the text of kept rules', () => {
  test.each([
    ['the defaults', defaultRules()],
    ['all that can be set', FULL],
  ])('is that which their hash was taken of: %s', (_which, rules) => {
    const kept = disordered(rulesDocument(rules))
    expect(JSON.stringify(kept)).not.toBe(JSON.stringify(rulesDocument(rules)))
    expect(createHash('sha256').update(rulesText(kept)).digest('hex')).toBe(rulesHash(rulesDocument(rules)))
  })

  test('is so too of rules of before a setting was there', () => {
    const { keepMails: _, ...before } = rulesDocument(FULL)
    expect(rulesText(disordered(before))).toBe(JSON.stringify(before))
  })

  test('is told of whatever a later version, or somebody else, may have kept', () => {
    for (const kept of [{ sendAt: '09:00', newer: { b: 1 } }, [1], 'text', null, { policies: null, alarms: 7 }]) {
      expect(JSON.parse(rulesText(kept))).toEqual(kept)
    }
  })
})
