import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CalendarEntry } from '../../src/domain/calendar.ts'
import { type Confirmation, confirmMail } from '../../src/domain/confirm.ts'
import type { CreditGrant } from '../../src/domain/model.ts'
import type { PlannedMail } from '../../src/domain/plan-mails.ts'
import { at, policy, someGrant } from './builders.ts'
import { asTold, World } from './world.ts'

const MS_PER_DAY = 86_400_000
const BEGINNING = at('2026-05-01T10:00:00Z')

/** A reader's calendar program: it keeps the newest of what it is told of an entry (RFC 5546, 2.1.5). */
class Calendar {
  readonly entries = new Map<string, CalendarEntry>()

  take(entry: CalendarEntry): void {
    const uid = `${entry.firstMailId} ${entry.grantId}`
    const known = this.entries.get(uid)
    // Whatever says something else is newer; a cancellation may come twice.
    if (known !== undefined && !(known.isCancelled && entry.isCancelled && known.sequence === entry.sequence))
      expect(entry.sequence).toBeGreaterThan(known.sequence)
    this.entries.set(uid, entry)
  }

  /** When the credits of a grant expire, as the reader sees it. */
  of(grantId: string): readonly string[] {
    return [...this.entries.values()]
      .filter((entry) => entry.grantId === grantId && !entry.isCancelled)
      .map(({ expiresAt }) => expiresAt.toISOString())
  }
}

type Step =
  | Readonly<{ does: 'pass'; days: number }>
  | Readonly<{ does: 'move'; grant: number; days: number | null }>
  | Readonly<{ does: 'leave'; grant: number; remaining: string }>

const someStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ does: fc.constant('pass' as const), days: fc.integer({ min: 1, max: 20 }) }),
  fc.record({
    does: fc.constant('move' as const),
    grant: fc.nat(2),
    days: fc.option(fc.integer({ min: -20, max: 60 }), { freq: 5 }),
  }),
  fc.record({
    does: fc.constant('leave' as const),
    grant: fc.nat(2),
    remaining: fc.constantFrom('0', '18.00'),
  }),
)

function changed(grant: CreditGrant, step: Exclude<Step, { does: 'pass' }>): CreditGrant {
  if (step.does === 'leave') return { ...grant, remaining: step.remaining }
  if (step.days === null) return { ...grant, expiresAt: 'never' }
  const from = grant.expiresAt instanceof Date ? grant.expiresAt : at('2026-06-01T12:00:00Z')
  return { ...grant, expiresAt: new Date(from.getTime() + step.days * MS_PER_DAY) }
}

/** The mails of a run as they are confirmed, before the ledger has them as sent. */
function runAt(world: World, now: Date): readonly Readonly<{ mail: PlannedMail; confirmed: Confirmation }>[] {
  const { told, grants } = world.file
  return world.runAt(now).mails.map((mail) => {
    const notices = asTold(mail, 'planned')
    const file = { ...world.file, told: [...told, ...notices], announced: { grants, told } }
    const id = notices[0]?.mailId ?? ''
    return { mail, confirmed: confirmMail({ ...mail, id, notices }, file, world.contextAt(now)) }
  })
}

test('Whatever becomes of credits, a calendar that takes what is newer shows what the last mail said, once', () => {
  const ladder = policy(['P30D', 'P7D', 'P1D'], { calendar: true })
  fc.assert(
    fc.property(fc.array(someStep, { minLength: 1, maxLength: 25 }), (steps) => {
      const grants = ['a', 'b', 'c'].map((id, index) =>
        someGrant({ id, expiresAt: new Date(at('2026-05-20T12:00:00Z').getTime() + index * 9 * MS_PER_DAY) }),
      )
      const world = new World(
        { grants },
        { sendAt: 'anytime', policies: { purchased: ladder }, maxEmailsPerAddressPerDay: 99 },
      )
      const calendar = new Calendar()
      let now = BEGINNING
      for (const step of steps) {
        if (step.does !== 'pass') {
          const rows = world.file.grants as readonly CreditGrant[]
          const moved = rows.map((grant, index) => (index === step.grant ? changed(grant, step) : grant))
          world.file = { ...world.file, grants: moved }
          continue
        }
        now = new Date(now.getTime() + step.days * MS_PER_DAY)
        for (const { mail, confirmed } of runAt(world, now)) {
          for (const entry of confirmed.calendar) calendar.take(entry)
          for (const { grant, expiresAt } of confirmed.lines) {
            const isOver = mail.category === 'expired' || expiresAt.getUTCFullYear() === 9999
            expect(calendar.of(grant.id)).toEqual(isOver ? [] : [expiresAt.toISOString()])
          }
          for (const grant of world.file.grants as readonly CreditGrant[]) {
            const isSpent = grant.remaining === '0'
            if (isSpent) expect(calendar.of(grant.id).filter((instant) => new Date(instant) > now)).toEqual([])
          }
        }
      }
    }),
    { numRuns: 300 },
  )
})
