import { describe, expect, it } from 'vitest'
import { ExpiringWeeks } from '../../src/domain/expiring-weeks.ts'
import { momentAt } from '../../src/domain/reach.ts'
import { at, someAccount, someFile, someGrant, someRules } from './builders.ts'

const NOW = at('2026-05-25T12:00:00Z')

/** Weeks of grants of one account that was granted long before. */
const weeksOf = (grants: readonly Parameters<typeof someGrant>[0][], timeZone = 'UTC') => {
  const weeks = new ExpiringWeeks()
  const moment = momentAt(someRules({ timeZone }), NOW)
  const file = someFile({
    account: someAccount(),
    grants: grants.map((grant, index) =>
      someGrant({ id: `cg_${index}`, grantedAt: at('2026-01-01T00:00:00Z'), ...grant }),
    ),
  })
  weeks.add(file, moment)
  return weeks
    .units()
    .map(({ unit, grants, weeks }) => [
      unit,
      grants,
      weeks.map(({ monday: { year, month, day }, amounts }) => [
        `${year}-${month}-${day}`,
        amounts.purchased,
        amounts.promotional,
        amounts.other,
      ]),
    ])
}

describe('what expires by week', () => {
  it('is added up by unit and kind, exactly, with the weeks between in which nothing goes', () => {
    expect(
      weeksOf([
        { expiresAt: at('2026-05-29T12:00:00Z'), remaining: '1.10' },
        { expiresAt: at('2026-05-30T12:00:00Z'), remaining: '1.20' },
        { expiresAt: at('2026-05-30T12:00:00Z'), remaining: '3', kind: 'promotional' },
        { expiresAt: at('2026-06-09T12:00:00Z'), remaining: '5', kind: 'goodwill' },
        { expiresAt: at('2026-05-29T12:00:00Z'), remaining: '7', unit: 'EUR' },
      ]),
    ).toEqual([
      [
        'USD',
        4,
        [
          ['2026-5-25', '2.30', '3', '0'],
          ['2026-6-1', '0', '0', '0'],
          ['2026-6-8', '0', '0', '5'],
        ],
      ],
      ['EUR', 1, [['2026-5-25', '7', '0', '0']]],
    ])
  })

  it('begins a week on Monday in the calendar of the rules', () => {
    const sundayNight = [{ expiresAt: at('2026-05-31T22:30:00Z'), remaining: '1' }]
    expect(weeksOf(sundayNight)).toEqual([['USD', 1, [['2026-5-25', '1', '0', '0']]]])
    expect(weeksOf(sundayNight, 'Europe/Berlin')).toEqual([['USD', 1, [['2026-6-1', '1', '0', '0']]]])
  })

  it('has what is gone and still news, and nothing of what is spent or void', () => {
    expect(
      weeksOf([
        { expiresAt: at('2026-05-24T12:00:00Z'), remaining: '2' },
        { expiresAt: at('2026-05-29T12:00:00Z'), remaining: '0' },
        { expiresAt: at('2026-05-29T12:00:00Z'), voidedAt: at('2026-02-01T00:00:00Z') },
      ]),
    ).toEqual([['USD', 1, [['2026-5-18', '2', '0', '0']]]])
    expect(weeksOf([])).toEqual([])
  })
})
