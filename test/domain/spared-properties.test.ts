import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import type { AccountFile } from '../../src/domain/account-file.ts'
import { confirmMail } from '../../src/domain/confirm.ts'
import { usedUpInTime } from '../../src/domain/forecast.ts'
import { planAccount } from '../../src/domain/plan.ts'
import type { Rules } from '../../src/domain/rules.ts'
import { file, rules, runs, WORLDS_TIMEOUT_MS } from './arbitraries.ts'
import { contextAt, someFile } from './builders.ts'
import { asTold } from './world.ts'

vi.setConfig({ testTimeout: WORLDS_TIMEOUT_MS })

const usage = fc.constantFrom('0', '1', '40', '100000000000000')
const world = fc.record({ file, rules, runs, usage })

/** The same rules, by which every policy spares, or none does. */
function sparing(rules: Rules, skipIfUsedUp: boolean): Rules {
  const policies = Object.entries(rules.policies).map(([kind, policy]) => [kind, { ...policy, skipIfUsedUp }])
  return { ...rules, policies: Object.fromEntries(policies), maxEmailsPerAddressPerDay: 50 }
}

const told = ({ mails }: ReturnType<typeof planAccount>) =>
  mails.flatMap((mail) => mail.notices.map(({ grantId, stage }) => `${mail.contactId} ${grantId} ${stage}`))

it('what is spared would be told without the setting, will be used up, and nothing else changes', () => {
  let spared = 0
  fc.assert(
    fc.property(world, ({ file, rules, runs, usage }) => {
      const known = new Map(['USD', 'credits'].map((unit) => [unit, usage]))
      const knowing: AccountFile = someFile({ ...file, holdings: { grants: [], usage: known } })
      for (const now of runs) {
        const context = contextAt(now, sparing(rules, true))
        const plan = planAccount(knowing, context)
        const all = told(planAccount(knowing, contextAt(now, sparing(rules, false))))
        const usedUp = usedUpInTime(knowing, context.moment)
        const left = all.filter((each) => !told(plan).includes(each))
        expect(all).toEqual(expect.arrayContaining(told(plan)))
        for (const each of left) expect(usedUp.has(each.split(' ')[1] ?? '')).toBe(true)
        expect(left.filter((each) => each.endsWith('expired'))).toEqual([])
        spared += left.length
        // And what goes out is confirmed at the same moment.
        for (const mail of plan.mails) {
          const notices = asTold(mail, 'planned')
          const confirmed = confirmMail({ ...mail, id: 'mail', notices }, { ...knowing, told: notices }, context)
          expect(confirmed.dropped).toEqual([])
        }
      }
    }),
  )
  expect(spared).toBeGreaterThan(20)
})
