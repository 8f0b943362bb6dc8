import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { compareDecimals } from '../../src/domain/amount.ts'
import { confirmMail } from '../../src/domain/confirm.ts'
import { accountZone, expiryOf } from '../../src/domain/grant.ts'
import type { CreditGrant } from '../../src/domain/model.ts'
import type { PlannedMail } from '../../src/domain/plan-mails.ts'
import { isWithinReach } from '../../src/domain/reach.ts'
import { isAllowed } from '../../src/domain/recipients.ts'
import { DAY_MS, file, moves, recipients, rules, runs, WORLDS_TIMEOUT_MS } from './arbitraries.ts'
import { World } from './world.ts'

vi.setConfig({ testTimeout: WORLDS_TIMEOUT_MS })

const history = fc.record({ file, rules, runs })
/** The same, where expiries move between the runs. */
const movingHistory = fc.record({ file, rules, runs, moves })

describe('in any world, over any runs', () => {
  it('mails are written, and some of them with several lines: else the rest would show nothing', () => {
    const worlds = fc.sample(history, { numRuns: 300, seed: 20_261_125 }).map(({ file, rules, runs }) => {
      const world = new World(file, rules)
      for (const now of runs) world.runAt(now)
      return world
    })
    const mails = worlds.flatMap((world) => world.mails)
    const count = (is: (mail: PlannedMail) => boolean) => mails.filter(is).length
    expect(worlds.filter((world) => world.mails.length > 0).length).toBeGreaterThan(200)
    expect(mails.length).toBeGreaterThan(600)
    expect(count(({ notices }) => notices.length > 1)).toBeGreaterThan(100)
    expect(count(({ category }) => category === 'expired')).toBeGreaterThan(150)
    const stages = new Set(mails.flatMap(({ notices }) => notices.map(({ stage }) => stage)))
    expect([...stages].toSorted()).toEqual([
      ...['P1D', 'P1M', 'P30D', 'P3D', 'P60D', 'P7D', 'PT12H', 'PT1H', 'PT36H', 'expired'],
    ])
  })

  it('no notice is ever sent twice', () => {
    fc.assert(
      fc.property(movingHistory, ({ file, rules, runs, moves }) => {
        const world = new World(file, rules)
        for (const [index, now] of runs.entries()) {
          world.moveExpiries(moves[index] ?? 0)
          world.runAt(now)
        }
        const keys = world.mails.flatMap((mail) =>
          mail.notices.map((n) => [n.grantId, mail.contactId, n.expiresAt.toISOString(), n.stage].join()),
        )
        expect(new Set(keys).size).toBe(keys.length)
      }),
    )
  })

  it('stages only tighten: a wider rung never follows a tighter one', () => {
    fc.assert(
      fc.property(history, ({ file, rules, runs }) => {
        const world = new World(file, rules)
        const lastDue = new Map<string, number>()
        for (const now of runs) {
          for (const mail of world.runAt(now).mails) {
            for (const { grantId, expiresAt, stage } of mail.notices) {
              const key = [grantId, mail.contactId, expiresAt.toISOString()].join()
              const ladder = ['P60D', 'P1M', 'P30D', 'P7D', 'P3D', 'PT36H', 'P1D', 'PT12H', 'PT1H', 'expired']
              const place = ladder.indexOf(stage)
              expect(place).toBeGreaterThan(lastDue.get(key) ?? -1)
              lastDue.set(key, place)
            }
          }
        }
      }),
    )
  })

  it('a rerun at the same time adds nothing', () => {
    fc.assert(
      fc.property(movingHistory, ({ file, rules, runs, moves }) => {
        // Without the limit a day: what it held back may well be due at once on the next run.
        const world = new World(file, { ...rules, maxEmailsPerAddressPerDay: 100 })
        for (const [index, now] of runs.entries()) {
          world.moveExpiries(moves[index] ?? 0)
          world.runAt(now)
          expect(world.runAt(now).mails).toEqual([])
        }
      }),
    )
  })

  it('no warning is planned at or after the expiry, none before the life, and no mail is for nothing', () => {
    fc.assert(
      fc.property(movingHistory, ({ file, rules, runs, moves }) => {
        const world = new World(file, rules)
        for (const [index, now] of runs.entries()) {
          world.moveExpiries(moves[index] ?? 0)
          for (const mail of world.runAt(now).mails) {
            expect(mail.notices.length).toBeGreaterThan(0)
            for (const notice of mail.notices) {
              const grant = world.file.grants.find(({ id }) => id === notice.grantId) as CreditGrant
              expect(notice.dueAt.getTime()).toBeLessThanOrEqual(now.getTime())
              expect(compareDecimals(notice.amount, '0')).toBeGreaterThan(0)
              if (notice.unit === 'USD') expect(compareDecimals(notice.amount, '0.50')).toBeGreaterThanOrEqual(0)
              if (mail.category === 'warning') {
                expect(now.getTime()).toBeLessThan(notice.expiresAt.getTime())
                expect(notice.dueAt.getTime()).toBeGreaterThanOrEqual((grant.effectiveAt ?? grant.grantedAt).getTime())
              } else if (mail.category === 'correction') {
                expect(now.getTime()).toBeLessThan(notice.expiresAt.getTime())
                expect(notice.told?.expiresAt.getTime()).toBeLessThan(notice.expiresAt.getTime())
              } else {
                expect(now.getTime()).toBeGreaterThanOrEqual(notice.expiresAt.getTime())
                expect(now.getTime() - notice.expiresAt.getTime()).toBeLessThanOrEqual(7 * DAY_MS)
              }
            }
          }
        }
      }),
    )
  })

  it('where there is a list of recipients, nobody else is mailed, and some are withheld', () => {
    let withheld = 0
    fc.assert(
      fc.property(history, recipients, ({ file, rules, runs }, allowedRecipients) => {
        const world = new World(file, { ...rules, allowedRecipients })
        for (const now of runs) {
          const { mails, skips } = world.runAt(now)
          for (const { to } of mails) expect(isAllowed(to, allowedRecipients)).toBe(true)
          withheld += skips.filter(({ reason }) => reason === 'withheld').length
        }
      }),
    )
    expect(withheld).toBeGreaterThan(0)
  })

  it('every candidate has exactly one outcome, and one mail a contact and category holds them all', () => {
    fc.assert(
      fc.property(history, ({ file, rules, runs }) => {
        const world = new World(file, rules)
        for (const now of runs) {
          const { mails, skips } = world.runAt(now)
          const told = new Set(mails.flatMap((mail) => mail.notices.map(({ grantId }) => grantId)))
          const skipped = skips.map(({ grantId }) => grantId)
          expect(new Set(skipped).size).toBe(skipped.length)
          expect(skipped.filter((id) => told.has(id))).toEqual([])
          const { moment } = world.contextAt(now)
          const candidates = (world.file.grants as CreditGrant[]).filter((grant) => {
            const expiresAt = expiryOf(grant, world.rules, accountZone(world.file.account, world.rules))
            return expiresAt !== null && isWithinReach(expiresAt, moment)
          })
          expect([...told, ...skipped].toSorted()).toEqual(candidates.map(({ id }) => id))
          const slots = mails.map(({ contactId, category }) => `${contactId} ${category}`)
          expect(new Set(slots).size).toBe(slots.length)
        }
      }),
    )
  })

  it('what is planned is confirmed at the same moment, line by line: the dry run equals the run', () => {
    fc.assert(
      fc.property(movingHistory, ({ file, rules, runs, moves }) => {
        const world = new World(file, rules)
        for (const [index, now] of runs.entries()) {
          world.moveExpiries(moves[index] ?? 0)
          const context = world.contextAt(now)
          const { mails } = world.runAt(now)
          for (const mail of mails) {
            const notices = world.file.told.filter(
              (notice) =>
                notice.contactId === mail.contactId &&
                mail.notices.some(
                  (n) => n.grantId === notice.grantId && n.stage === notice.stage && +n.expiresAt === +notice.expiresAt,
                ),
            )
            const confirmed = confirmMail({ ...mail, id: 'mail', notices }, world.file, context)
            expect(confirmed.dropped).toEqual([])
            expect(confirmed.to).toBe(mail.to)
            expect(confirmed.lines.map(({ grant, amount, told }) => [grant.id, amount, told])).toEqual(
              mail.notices.map(({ grantId, amount, told }) => [grantId, amount, told]),
            )
          }
        }
      }),
    )
  })
})
