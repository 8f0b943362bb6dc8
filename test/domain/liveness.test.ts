import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import type { Contact, CreditGrant } from '../../src/domain/model.ts'
import { DAY_MS, file, runs, WORLDS_TIMEOUT_MS } from './arbitraries.ts'
import { addressOf, type Ladders, type Notice, owedAt, policiesOf } from './owed.ts'
import { World } from './world.ts'

vi.setConfig({ testTimeout: WORLDS_TIMEOUT_MS })

const HOUR_MS = 3_600_000
const WORLDS = 1000

const LADDERS: readonly Ladders[] = [
  { purchased: ['P30D', 'P7D', 'P1D'], promotional: ['P1M', 'P10D', 'PT36H', 'P1D'], gift: ['P3D', 'PT1H'] },
  { purchased: ['P14D', 'P1W'], promotional: ['P10D', 'PT24H'], gift: ['P7D', 'PT3H'] },
]

/** What the company and its customers do between two runs. */
const happening = fc.record({
  /** Signs off, or on again. */
  turns: fc.constantFrom(null, null, null, null, null, null, 'con_1', 'con_2'),
  ladders: fc.constantFrom(...LADDERS),
  expiriesMoveMs: fc.constantFrom(0, 0, 0, 0, 0, 0, HOUR_MS, -HOUR_MS, 2 * DAY_MS, 9 * DAY_MS, -9 * DAY_MS),
  /** One of the grants that never expires from now on, whatever its row said. */
  forever: fc.constantFrom(null, null, null, null, null, null, null, null, null, null, 'cg_2'),
  /** What is left of one of the grants from now on. */
  balance: fc.constantFrom(null, null, null, { id: 'cg_1', remaining: '0' }, { id: 'cg_1', remaining: '0.50' }),
})
const MOST_RUNS = 12
const history = fc.record({
  file,
  runs,
  sendAtHour: fc.constantFrom(9, 0, 'anytime' as const),
  happenings: fc.array(happening, { minLength: MOST_RUNS, maxLength: MOST_RUNS }),
})

it('tells exactly what the rules owe, whoever signs off and on, and however expiries and ladders change', () => {
  let owedInAll = 0
  let corrections = 0
  fc.assert(
    fc.property(history, ({ file, runs, sendAtHour, happenings }) => {
      const sendAt = sendAtHour === 'anytime' ? sendAtHour : { hour: sendAtHour, minute: 0 }
      const world = new World(file, { sendAt, maxEmailsPerAddressPerDay: 1000 })
      const heard: Notice[] = []
      for (const [index, now] of runs.entries()) {
        const { ladders, ...changes } = happenings[index] as HappeningValue
        world.rules = { ...world.rules, policies: policiesOf(ladders) }
        change(world, changes)
        const owed = owedAt(now, world.file, heard, { ladders, sendAtHour })
        expect(words(toldAt(now, world))).toEqual(words(owed))
        heard.push(...owed)
      }
      owedInAll += heard.length
      corrections += heard.filter(({ stage }) => stage === 'correction').length
    }),
    { numRuns: WORLDS },
  )
  // Else the worlds were too poor to show anything.
  expect(owedInAll).toBeGreaterThan(2 * WORLDS)
  expect(corrections).toBeGreaterThan(WORLDS / 10)
})

type HappeningValue = typeof happening extends fc.Arbitrary<infer Value> ? Value : never

function change(world: World, { turns, expiriesMoveMs, forever, balance }: Omit<HappeningValue, 'ladders'>): void {
  const contacts = world.file.contacts.map(
    (contact): Contact =>
      contact.id === turns ? { ...contact, optedOut: contact.optedOut === null ? 'all' : null } : contact,
  )
  const grants = (world.file.grants as readonly CreditGrant[]).map((grant): CreditGrant => {
    const { expiresAt } = grant
    const moved = expiresAt instanceof Date ? new Date(expiresAt.getTime() + expiriesMoveMs) : expiresAt
    const ends = grant.id === forever ? 'never' : moved
    return { ...grant, expiresAt: ends, ...(grant.id === balance?.id && { remaining: balance.remaining }) }
  })
  world.file = { ...world.file, contacts, grants }
}

function toldAt(now: Date, world: World): readonly Notice[] {
  return world
    .runAt(now)
    .mails.flatMap(({ contactId, to, notices }) =>
      notices.map((notice) => ({ ...notice, contactId, address: addressOf({ email: to }) })),
    )
}

function words(notices: readonly Notice[]): readonly string[] {
  return notices
    .map((each) => [each.contactId, each.address, each.grantId, each.expiresAt.toISOString(), each.stage].join(' '))
    .toSorted()
}
