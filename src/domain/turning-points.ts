import type { AccountFile } from './account-file.ts'
import { correctionDue, correctionStake } from './correction.ts'
import { noticesAhead } from './due.ts'
import { accountZone, expiryOf, startOf } from './grant.ts'
import { expiredDueAt } from './ladder.ts'
import type { CreditGrant } from './model.ts'
import type { Moment } from './reach.ts'
import { addresseesOf, readerZone } from './reader.ts'
import { policyFor } from './rules.ts'
import { sparedGrants } from './spared.ts'
import type { Timetable } from './timetable.ts'

/**
 * The instants at which something may come to be due in an account, as long as its data stay as they are: a rung or the
 * final notice of one of its grants to one of its readers, the start of a grant's life, and the slot from which on a
 * warning is spared no more. Some may be long past. Between two of them, only what was told, or how many mails an
 * address had, can make a difference.
 */
export function turningPoints(file: AccountFile, moment: Moment, slots: Timetable): readonly Date[] {
  if (file.account === null) return []
  const { rules } = moment
  const zones = [...new Set(file.contacts.map((contact) => readerZone(contact, file.account, rules)))]
  const spared = sparedGrants(file, moment)
  return file.grants.flatMap((grant): readonly Date[] => {
    if ('fault' in grant) return []
    const expiresAt = expiryOf(grant, rules, accountZone(file.account, rules))
    const startsAt = startOf(grant)
    if (expiresAt === null) return [startsAt]
    const stake = { category: 'warning', startsAt, expiresAt, atStake: grant.remaining } as const
    const due = zones.flatMap((timeZone) => noticesAhead({ grant, stake, timeZone }, rules).map(({ dueAt }) => dueAt))
    const untilSpent = spared.has(grant.id) ? [slotOfNoSparing(grant, { file, moment, expiresAt }, slots)] : []
    return [startsAt, ...due, ...untilSpent]
  })
}

/**
 * The first slot at which a grant that is spared is so no more. While nothing is spent, less and less of it can be used
 * by its expiry: so there is one such slot, and the time before it can be halved to find it.
 */
function slotOfNoSparing(
  { id }: CreditGrant,
  { file, moment, expiresAt }: Readonly<{ file: AccountFile; moment: Moment; expiresAt: Date }>,
  slots: Timetable,
): Date {
  let sparedMs = moment.now.getTime()
  let end = expiresAt
  for (;;) {
    const middle = slots.from(new Date((sparedMs + end.getTime()) / 2))
    const next = middle !== null && middle < end ? middle : slots.from(new Date(sparedMs + 1))
    if (next === null || next >= end) return end
    if (sparedGrants(file, { ...moment, now: next }).has(id)) sparedMs = next.getTime()
    else end = next
  }
}

/**
 * When corrections that wait for the time of day at which mails go out come to be due (rule R12): the next such time on
 * the clock of each of their readers.
 */
export function correctionsToCome(file: AccountFile, moment: Moment): readonly Date[] {
  const { rules, now } = moment
  const { sendAt } = rules
  if (sendAt === 'anytime' || file.told.length === 0) return []
  const zone = accountZone(file.account, rules)
  const open = file.grants.flatMap((grant) => {
    if ('fault' in grant || !policyFor(rules, grant.kind).notifyCorrection) return []
    const expiresAt = expiryOf(grant, rules, zone)
    const stake = correctionStake({ grant, account: file.account, moment, expiresAt }, file.told)
    return stake === null ? [] : [{ grant, stake }]
  })
  if (open.length === 0) return []
  const after = new Date(now.getTime() + 1)
  return addresseesOf(file.contacts, rules).flatMap((person) => {
    const timeZone = readerZone(person.contact, file.account, rules)
    const waits = open.some(({ grant, stake }) => {
      const answer = correctionDue({ grant, stake, person, timeZone }, file.told, moment)
      return answer !== null && 'reason' in answer && answer.reason === 'not-due'
    })
    return waits ? [expiredDueAt(after, { sendAt, timeZone })] : []
  })
}
