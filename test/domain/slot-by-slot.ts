import type { AccountFile } from '../../src/domain/account-file.ts'
import { normaliseAddress } from '../../src/domain/address.ts'
import { confirmMail } from '../../src/domain/confirm.ts'
import { MailLog, type MailsToAddress } from '../../src/domain/mail-log.ts'
import { planAccount } from '../../src/domain/plan.ts'
import type { PlannedMail } from '../../src/domain/plan-mails.ts'
import { type Moment, momentAt } from '../../src/domain/reach.ts'
import type { Rules } from '../../src/domain/rules.ts'
import { type SimulatedAccount, simulateAccounts, type WaitingMail } from '../../src/domain/simulate-accounts.ts'
import type { SimulatedMail } from '../../src/domain/simulation.ts'
import type { Timetable } from '../../src/domain/timetable.ts'
import type { LedgerNotice } from '../../src/domain/told.ts'
import { DAY_MS } from './arbitraries.ts'
import { at } from './builders.ts'
import { asTold } from './world.ts'

/** When what is simulated begins. */
export const START = at('2026-04-01T00:00:00Z')
export const QUARTER_MS = DAY_MS / 96

/** Slots every so often, from a time of day on. */
export function everySoOften(everyMs: number, offsetMs: number): Timetable {
  const slot = (number: number) => new Date(number * everyMs + offsetMs)
  return {
    from: (instant) => slot(Math.ceil((instant.getTime() - offsetMs) / everyMs)),
    before: (instant) => slot(Math.ceil((instant.getTime() - offsetMs) / everyMs) - 1),
  }
}

/** A mail of an earlier sweep that is tried so long after the start. */
export function waiting(mail: PlannedMail, file: AccountFile, waitMs: number): WaitingMail {
  const notices = asTold(mail, 'planned')
  return {
    mail: { ...mail, id: notices[0]?.mailId ?? '', notices },
    file,
    address: normaliseAddress(mail.to),
    nextAt: new Date(START.getTime() + waitMs),
  }
}

/** What the ledger knows of mails to addresses: those that wait, and one to an address that accounts share. */
const EARLIER = { address: 'shared@example.com', at: new Date(START.getTime() - DAY_MS / 2) }

function knownOf(accounts: readonly SimulatedAccount[]): ReadonlyMap<string, MailsToAddress> {
  const waiting = Map.groupBy(
    accounts.flatMap((account) => account.waiting),
    ({ address }) => address,
  )
  return new Map(
    [EARLIER.address, ...waiting.keys()].map((address) => [
      address,
      { sentAt: address === EARLIER.address ? [EARLIER.at] : [], waiting: waiting.get(address)?.length ?? 0 },
    ]),
  )
}

type Setting = Readonly<{ accounts: readonly SimulatedAccount[]; rules: Rules; slots: Timetable; to: Date }>

/** The program's own simulation, from the start on. */
export function simulate({ accounts, rules, slots, to }: Setting): readonly SimulatedMail[] {
  const first = slots.from(START) ?? to
  const lookedAt = (slot: Date) => (slot.getTime() === first.getTime() ? null : slots.before(slot))
  const context = { momentAt: (slot: Date) => momentAt(rules, slot, lookedAt(slot)), slots, first, to, locales: ['en'] }
  return simulateAccounts(accounts, new MailLog(knownOf(accounts)), context)
}

/** The same without any cleverness: every account at every slot. */
export function slotBySlot(
  { accounts, rules, slots, to }: Setting,
  seen: { limited: number },
): readonly SimulatedMail[] {
  const mails: SimulatedMail[] = []
  const sent = [EARLIER]
  const open = accounts.map(({ file, waiting }) => ({ file, waiting }))
  let lookedAt: Date | null = null
  for (let slot = slots.from(START); slot !== null && slot < to; slot = slots.from(new Date(slot.getTime() + 1))) {
    const now = slot
    const moment: Moment = momentAt(rules, now, lookedAt)
    lookedAt = now
    const mailsToday = (address: string) =>
      sent.filter((each) => each.address === address && each.at > new Date(now.getTime() - DAY_MS)).length +
      open.flatMap(({ waiting }) => waiting).filter((each) => each.address === address).length
    const later: SimulatedMail[] = []
    const planned = open.map((each) => {
      const plan = planAccount(each.file, { moment, locales: ['en'], mailsToday })
      seen.limited += plan.skips.filter(({ reason }) => reason === 'address-limit').length
      for (const { to } of plan.mails) sent.push({ address: normaliseAddress(to), at: now })
      for (const { deadline: _, notices, ...mail } of plan.mails) {
        const lines = notices.map(({ dueAt: _, ...line }) => line)
        mails.push({ ...mail, at: now, accountName: each.file.account?.name ?? '', waited: false, lines })
      }
      return plan.mails
    })
    for (const [place, each] of open.entries()) {
      const fresh = (planned[place] ?? []).flatMap((mail) => asTold(mail, 'planned'))
      let told = [...each.file.told, ...fresh]
      const due = each.waiting.filter(({ nextAt }) => nextAt <= now)
      const confirmed = due.map((one) => ({
        one,
        outcome: confirmMail(one.mail, { ...one.file, told }, { moment, locales: ['en'] }),
      }))
      for (const { one, outcome } of confirmed) {
        const gone = new Set(outcome.dropped.map(({ noticeId }) => noticeId))
        const reached = new Set(outcome.lines.map(({ noticeId }) => noticeId))
        told = told.flatMap((n): LedgerNotice[] =>
          gone.has(n.id) ? [] : [reached.has(n.id) ? { ...n, state: 'sent' } : n],
        )
        if (outcome.lines.length === 0) continue
        sent.push({ address: normaliseAddress(outcome.to), at: now })
        const { accountId, contactId, category } = one.mail
        const { to, locale, timeZone, accountName } = outcome
        const lines = outcome.lines.map(({ grant: { id: grantId, kind, name, unit }, stage, expiresAt, amount }) => ({
          ...{ grantId, kind, name, unit, stage, expiresAt, amount },
        }))
        later.push({ at: now, accountId, accountName, contactId, to, category, locale, timeZone, waited: true, lines })
      }
      each.waiting = each.waiting.filter((one) => !due.includes(one))
      const freshIds = new Set(fresh.map(({ id }) => id))
      told = told.map((n): LedgerNotice => (freshIds.has(n.id) ? { ...n, state: 'sent' } : n))
      each.file = { ...each.file, told }
    }
    mails.push(...later)
  }
  return mails
}

export function inShort({ at, contactId, category, waited, lines }: SimulatedMail) {
  const told = lines.map(({ grantId, stage, amount }) => `${grantId} ${stage} ${amount}`)
  return [at.toISOString(), contactId, category, waited, ...told].join(' ')
}
