import { describe, expect, it } from 'vitest'
import { asksForRecentSweeps, reasonToHold, sufficientAddresses, type Yardsticks } from '../../src/domain/guard.ts'
import { someRules } from './builders.ts'

type Size = Readonly<{ emails: number; goneAddresses?: number }>
type Facts = Readonly<{ latest?: readonly number[]; largestOfDays?: readonly number[]; addresses?: number }>

const yardsticks = ({ latest = [], largestOfDays = [], addresses }: Facts): Yardsticks => ({
  recent: { latest, largestOfDays },
  addresses: addresses ?? null,
})

/** Whether a sweep of that size is held, with everything else out of its way. */
const verdict = (size: Size, facts: Facts, rules: Parameters<typeof someRules>[0] = {}) =>
  reasonToHold({ goneAddresses: 0, ...size }, yardsticks(facts), someRules({ maxEmailsPerSweep: 1_000_000, ...rules }))

describe('by its number of mails alone, a sweep', () => {
  const rules = { maxEmailsPerSweep: 100 }

  it('goes out with exactly maxEmailsPerSweep mails', () => {
    expect(verdict({ emails: 0 }, {}, rules)).toBeNull()
    expect(verdict({ emails: 100 }, {}, rules)).toBeNull()
  })

  it('is held with one more, and says how many there are', () => {
    expect(verdict({ emails: 101 }, {}, rules)).toBe('101 mails planned, more than maxEmailsPerSweep (100)')
  })

  it('of no mails goes out where every other is held', () => {
    expect(verdict({ emails: 0 }, {}, { maxEmailsPerSweep: 0 })).toBeNull()
    expect(verdict({ emails: 1 }, {}, { maxEmailsPerSweep: 0 })).toBe(
      '1 mails planned, more than maxEmailsPerSweep (0)',
    )
  })
})

describe('against the recent sweeps, one', () => {
  const FORTIES = [40, 40, 40, 40, 40]

  it.each([
    [199, null],
    [200, null],
    [201, '201 mails planned, more than maxGrowth (5) times the median of the recent sweeps (40)'],
  ])('of %i mails, where the median is 40 and maxGrowth 5: %j', (emails, reason) => {
    expect(verdict({ emails }, { latest: FORTIES })).toBe(reason)
  })

  it.each([
    [100, false],
    [101, true],
  ])('of %i mails, where a hundredth was usual, is held: %s', (emails, isHeld) => {
    expect(verdict({ emails }, { latest: [1, 1, 1, 1, 1] }) !== null).toBe(isHeld)
  })

  it.each([
    ['four, whatever they were', [1, 1, 1, 1], null],
    ['none', [], null],
    ['five', [1, 1, 1, 1, 1], '1'],
    ['six: halfway between the two in the middle', [10, 60, 20, 50, 30, 31], '30.5'],
    ['outliers above', [40, 9000, 40, 8000, 40], '40'],
    ['outliers below', [1, 40, 2, 40, 40], '40'],
    ['any order of the same', [40, 1, 40, 9000, 39], '40'],
  ])('of 1000 mails, after %s, is compared with a median of: %3$s', (_which, latest, median) => {
    const reason = verdict({ emails: 1000 }, { latest })
    expect(/\((\S+)\)$/.exec(reason ?? '')?.[1] ?? null).toBe(median)
  })

  it('is compared exactly, also by a fraction', () => {
    expect(verdict({ emails: 115 }, { latest: Array(5).fill(100) }, { maxGrowth: 1.15 })).toBeNull()
    expect(verdict({ emails: 116 }, { latest: Array(5).fill(100) }, { maxGrowth: 1.15 })).toContain('maxGrowth (1.15)')
  })

  it('is not held where maxGrowth is null', () => {
    expect(verdict({ emails: 100_000 }, { latest: FORTIES }, { maxGrowth: null })).toBeNull()
    expect(asksForRecentSweeps({ emails: 101, goneAddresses: 0 }, someRules({ maxGrowth: null }))).toBe(false)
  })

  it('that comes each day at the morning of the largest zone is no flood, five days on', () => {
    // Twenty small zones a day, and one of a thousand mails: the median of the sweeps is 10.
    const latest = [...Array(19).fill(10), 1000]
    const words = "the median of the recent days' largest sweeps (1000)"
    expect(verdict({ emails: 1000 }, { latest, largestOfDays: [1000, 1000, 1000, 1000] })).toContain('(10)')
    expect(verdict({ emails: 1000 }, { latest, largestOfDays: [1000, 990, 1000, 1010, 1000] })).toBeNull()
    expect(verdict({ emails: 5000 }, { latest, largestOfDays: [1000, 990, 1000, 1010, 1000] })).toBeNull()
    expect(verdict({ emails: 5001 }, { latest, largestOfDays: [1000, 990, 1000, 1010, 1000] })).toContain(words)
  })

  it('is never held for the days where the sweeps themselves were as large', () => {
    expect(verdict({ emails: 200 }, { latest: FORTIES, largestOfDays: [1, 1, 1, 1, 1] })).toBeNull()
  })
})

describe('against all addresses, a sweep', () => {
  const gone = (goneAddresses: number, addresses: number, more: Parameters<typeof verdict>[2] = {}) =>
    verdict({ emails: Math.max(101, goneAddresses), goneAddresses }, { addresses }, more)

  it.each([
    [199, null],
    [200, null],
    [201, '201 of 1000 addresses would be told that credits are gone, more than maxGoneShare (0.2)'],
  ])('that tells %i of 1000 that credits are gone, where maxGoneShare is 0.2: %j', (goneAddresses, reason) => {
    expect(gone(goneAddresses, 1000)).toBe(reason)
  })

  it('of 100 mails is not held, of 101 it is, though all of them tell of an end', () => {
    const all = (emails: number) => verdict({ emails, goneAddresses: emails }, { addresses: emails })
    expect(all(100)).toBeNull()
    expect(all(101)).toContain('101 of 101 addresses')
  })

  it('with warnings only is not held, and nobody counts the addresses', () => {
    expect(verdict({ emails: 1000 }, { addresses: 1000 })).toBeNull()
    expect(sufficientAddresses({ emails: 1000, goneAddresses: 0 }, someRules())).toBeNull()
  })

  it.each([
    [1, 1000, 1000, false],
    [0.3, 300, 1000, false],
    [0.3, 301, 1000, true],
    [0.07, 7, 100, false],
    [0.07, 8, 100, true],
    [0, 1, 1_000_000, true],
  ])('where maxGoneShare is %d and %i of %i would be told, is held: %s', (maxGoneShare, told, all, isHeld) => {
    expect(gone(told, all, { maxGoneShare }) !== null).toBe(isHeld)
  })

  it('is not held where maxGoneShare is null', () => {
    expect(gone(1000, 1000, { maxGoneShare: null })).toBeNull()
  })

  it.each([
    [201, 0.2, 1005],
    [200, 0.2, 1000],
    [100, 0.3, 334],
    [7, 0.07, 100],
    [1, 0, Number.POSITIVE_INFINITY],
  ])(
    'that tells %i of an end, where maxGoneShare is %d, is right among %d addresses and not among fewer',
    (...given) => {
      const [goneAddresses, maxGoneShare, sufficient] = given
      const size = { emails: 1000, goneAddresses }
      expect(sufficientAddresses(size, someRules({ maxGoneShare }))).toBe(sufficient)
      const among = (addresses: number) => verdict(size, { addresses }, { maxGoneShare })
      expect(among(sufficient)).toBeNull()
      expect(among(Number.isFinite(sufficient) ? sufficient - 1 : 1e9)).not.toBeNull()
    },
  )
})

it('a sweep above several limits names each of them', () => {
  const facts = { latest: [10, 10, 10, 10, 10], addresses: 400 }
  expect(verdict({ emails: 300, goneAddresses: 200 }, facts, { maxEmailsPerSweep: 250 })).toBe(
    [
      '300 mails planned, more than maxEmailsPerSweep (250)',
      '300 mails planned, more than maxGrowth (5) times the median of the recent sweeps (10)',
      '200 of 400 addresses would be told that credits are gone, more than maxGoneShare (0.2)',
    ].join('; '),
  )
})
