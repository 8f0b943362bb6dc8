import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { confirmMail, type PendingMail } from '../../src/domain/confirm.ts'
import type { Category, Contact } from '../../src/domain/model.ts'
import type { PlannedMail } from '../../src/domain/plan-mails.ts'
import { file, rules, runs, WORLDS_TIMEOUT_MS } from './arbitraries.ts'
import { at, someContact } from './builders.ts'
import { asTold, World } from './world.ts'

vi.setConfig({ testTimeout: WORLDS_TIMEOUT_MS })

const MOST_RUNS = 12

/** The contacts of an account at one time: whichever rows there are, with whichever of a few addresses. */
const contacts: fc.Arbitrary<readonly Contact[]> = fc.uniqueArray(
  fc
    .record({
      id: fc.constantFrom('con_1', 'con_2', 'con_3', 'con_4'),
      email: fc.constantFrom('ana@example.com', 'ANA@example.com', 'bo@example.com'),
      receivesBillingEmail: fc.constantFrom(true, true, true, false),
      suppressed: fc.constantFrom(null, null, null, null, 'all' as const, 'warnings' as const),
      optedOut: fc.constantFrom(...Array<null>(9).fill(null), 'all' as const, 'warnings' as const),
    })
    .map(someContact),
  { selector: ({ id }) => id, minLength: 1, maxLength: 3 },
)
const history = fc.record({
  file,
  rules,
  runs,
  /** The rows from each run on; null: those of the run before. */
  rows: fc.array(fc.option(contacts, { freq: 2 }), { minLength: MOST_RUNS, maxLength: MOST_RUNS }),
})

type Line = Readonly<{ grantId: string; expiresAt: Date; stage: string }>

/** What each address has got; it refuses to get the same again. */
class Mailboxes {
  readonly #seen = new Set<string>()

  receive(to: string, lines: readonly Line[]): void {
    for (const { grantId, expiresAt, stage } of lines) {
      const line = [to.toLowerCase(), grantId, expiresAt.toISOString(), stage].join(' ')
      expect(this.#seen).not.toContain(line)
      this.#seen.add(line)
    }
  }

  get lines(): number {
    return this.#seen.size
  }
}

function expectNobodySignedOff(category: Category, to: string, contacts: readonly Contact[]): void {
  const rows = contacts.filter(({ email }) => email.toLowerCase() === to.toLowerCase())
  const signedOff = rows.filter(
    ({ optedOut }) => optedOut === 'all' || (optedOut === 'warnings' && category !== 'expired'),
  )
  expect(signedOff).toEqual([])
}

describe('whichever rows stand for a person', () => {
  it('no address is planned a stage of an expiry twice, and none of which somebody signed off is planned any', () => {
    let lines = 0
    const WORLDS = 300
    fc.assert(
      fc.property(history, ({ file, rules, runs, rows }) => {
        const world = new World(file, rules)
        const mailboxes = new Mailboxes()
        for (const [index, now] of runs.entries()) {
          world.file = { ...world.file, contacts: rows[index] ?? world.file.contacts }
          for (const { to, category, notices } of world.runAt(now).mails) {
            mailboxes.receive(to, notices)
            expectNobodySignedOff(category, to, world.file.contacts)
          }
        }
        lines += mailboxes.lines
      }),
      { numRuns: WORLDS },
    )
    expect(lines).toBeGreaterThan(WORLDS)
  })

  it('nor does one get it twice, or after having signed off, where mails wait while the rows change', () => {
    let lines = 0
    const WORLDS = 300
    fc.assert(
      fc.property(history, ({ file, rules, runs, rows }) => {
        const world = new WaitingWorld(file, rules)
        const mailboxes = new Mailboxes()
        for (const [index, now] of runs.entries()) {
          world.file = { ...world.file, contacts: rows[index] ?? world.file.contacts }
          // The mails of the last run go out only now.
          for (const { to, category, lines } of world.deliverAt(now)) {
            mailboxes.receive(to, lines)
            expectNobodySignedOff(category, to, world.file.contacts)
          }
          world.planAt(now)
        }
        lines += mailboxes.lines
      }),
      { numRuns: WORLDS },
    )
    expect(lines).toBeGreaterThan(WORLDS / 2)
  })
})

/** A world whose mails wait in the ledger, and are read afresh before they go out. */
class WaitingWorld extends World {
  #waiting: readonly PendingMail[] = []

  planAt(now: Date): void {
    const { told } = this.file
    const { mails } = this.runAt(now)
    const waiting = mails.map(({ accountId, contactId, category, deadline }, index) => ({
      id: `${now.toISOString()} ${index}`,
      accountId,
      contactId,
      category,
      deadline,
      notices: asTold(mails[index] as PlannedMail, 'planned'),
    }))
    this.#waiting = waiting
    this.file = { ...this.file, told: [...told, ...waiting.flatMap(({ notices }) => notices)] }
  }

  /** What goes out of the mails that wait; one without a line does not. */
  deliverAt(now: Date): readonly Readonly<{ to: string; category: Category; lines: readonly Line[] }>[] {
    const delivered = this.#waiting.map((mail) => {
      const { to, lines, dropped } = confirmMail(mail, this.file, this.contextAt(now))
      // As the ledger does: what was dropped counts as never planned, what went out went to this address.
      const told = this.file.told.flatMap((notice) => {
        if (dropped.some(({ noticeId }) => noticeId === notice.id)) return []
        const went = lines.some(({ noticeId }) => noticeId === notice.id)
        return went ? [{ ...notice, state: 'sent' as const, address: to.toLowerCase() }] : [notice]
      })
      this.file = { ...this.file, told }
      const { category } = mail
      return {
        to,
        category,
        lines: lines.map(({ grant, expiresAt, stage }) => ({ grantId: grant.id, expiresAt, stage })),
      }
    })
    return delivered.filter(({ lines }) => lines.length > 0)
  }
}

describe('somebody who was told', () => {
  const NOW = at('2026-05-25T10:00:00Z')
  const toldBefore = (row: Parameters<typeof someContact>[0] = {}) => {
    const world = new World({ contacts: [someContact({ id: 'con_5', ...row })] })
    expect(world.runAt(NOW).mails).toHaveLength(1)
    return world
  }
  const nowWith = (world: World, ...rows: Parameters<typeof someContact>[0][]) => {
    world.file = { ...world.file, contacts: rows.map(someContact) }
    const { mails, skips } = world.runAt(NOW)
    return { to: mails.map(({ to }) => to), skips: skips.map(({ reason }) => reason) }
  }

  it.each([
    ['got another row', [{ id: 'con_9' }]],
    ['got another row, otherwise written', [{ id: 'con_9', email: 'ANA@Example.COM' }]],
    ['got a second row that comes first', [{ id: 'con_1' }, { id: 'con_5' }]],
    [
      'got a second row while the first was switched off',
      [{ id: 'con_5', receivesBillingEmail: false }, { id: 'con_9' }],
    ],
    ['got another address', [{ id: 'con_5', email: 'ana@new.example' }]],
    [
      'got another address, and a row before it',
      [
        { id: 'con_1', email: 'a@x.example' },
        { id: 'con_5', email: 'a@x.example' },
      ],
    ],
  ])('is not told again, having %s', (_, rows) => {
    expect(nowWith(toldBefore(), ...rows)).toEqual({ to: [], skips: ['already-told'] })
  })

  it('does not keep others from being told', () => {
    const others = [{ id: 'con_5' }, { id: 'con_9', email: 'bo@example.com' }]
    expect(nowWith(toldBefore(), ...others)).toEqual({ to: ['bo@example.com'], skips: [] })
  })
})
