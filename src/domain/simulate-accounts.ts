import type { AccountFile } from './account-file.ts'
import { normaliseAddress } from './address.ts'
import { Agenda } from './agenda.ts'
import { confirmMail, type PendingMail } from './confirm.ts'
import type { MailLog } from './mail-log.ts'
import { planAccount } from './plan.ts'
import type { PlannedMail } from './plan-mails.ts'
import type { Moment } from './reach.ts'
import type { SimulatedMail } from './simulation.ts'
import type { Timetable } from './timetable.ts'
import type { LedgerNotice } from './told.ts'
import { correctionsToCome, turningPoints } from './turning-points.ts'

/** An account as it stands when the period begins. */
export type SimulatedAccount = Readonly<{ file: AccountFile; waiting: readonly WaitingMail[] }>

/** A mail of an earlier sweep that is still to be sent. */
export type WaitingMail = Readonly<{
  mail: PendingMail
  /** The account with the grants that the mail speaks of. */
  file: AccountFile
  /** Where it goes, normalised. */
  address: string
  /** When it is tried next. */
  nextAt: Date
}>

export type SimulationContext = Readonly<{
  /** What a sweep at a slot decides by. */
  momentAt: (slot: Date) => Moment
  slots: Timetable
  /** The first slot of the period, and its end, which is outside already. */
  first: Date
  to: Date
  /** Languages that mails can be written in. */
  locales: readonly string[]
}>

/** An account while its time goes by; its ledger grows with what is told. */
type Course = {
  file: AccountFile
  waiting: readonly WaitingMail[]
  /** Normalised addresses that something was due to when it was planned last: their limit may have kept it back. */
  addressed: ReadonlySet<string>
}

/**
 * Every mail that the sweeps of a period bring to accounts, by slot and then in the order of the sweep; each counts as
 * sent at its slot. Accounts that share an address have to come together, in the order in which a sweep plans them: one
 * limit a day holds for all of them (rule R7).
 *
 * Only the slots are planned at which something can have come to be due; at all others, planning would bring nothing.
 */
export function simulateAccounts(
  accounts: readonly SimulatedAccount[],
  log: MailLog,
  context: SimulationContext,
): readonly SimulatedMail[] {
  const courses = accounts.map(({ file, waiting }): Course => ({ file, waiting, addressed: new Set() }))
  const agenda = new Agenda()
  const wake = (instant: Date, place: number) => {
    const slot = context.slots.from(instant < context.first ? context.first : instant)
    if (slot !== null && slot < context.to) agenda.add(slot.getTime(), place)
  }
  for (const [place, { file, waiting }] of courses.entries()) {
    const points = turningPoints(file, context.momentAt(context.first), context.slots)
    for (const instant of points) wake(instant, place)
    for (const { nextAt } of waiting) wake(nextAt, place)
  }

  const mails: SimulatedMail[] = []
  for (let due = agenda.next(); due !== null; due = agenda.next()) {
    const moment = context.momentAt(new Date(due.timeMs))
    const awake = due.places.flatMap((place) => {
      const course = courses[place]
      return course === undefined ? [] : [{ place, course }]
    })
    const swept = sweepSlot(
      awake.map(({ course }) => course),
      log,
      { moment, locales: context.locales },
    )
    mails.push(...swept.mails)
    for (const { place, course } of awake) {
      for (const instant of wakingsOf(course, log, moment)) wake(instant, place)
    }
    // What was dropped from a mail may be planned anew, and a mail fewer waits for its address.
    if (swept.hasSettled) for (const place of courses.keys()) wake(new Date(due.timeMs + 1), place)
  }
  return mails
}

/** One sweep of accounts, and the delivery of what it plans and of what waited for it. */
function sweepSlot(
  courses: readonly Course[],
  log: MailLog,
  context: Readonly<{ moment: Moment; locales: readonly string[] }>,
): Readonly<{ mails: readonly SimulatedMail[]; hasSettled: boolean }> {
  const { now } = context.moment
  const planned: SimulatedMail[] = []
  const fresh = courses.map((course) => {
    const addressed = new Set<string>()
    // Asked only of addresses that something is due to.
    const mailsToday = (address: string) => {
      addressed.add(address)
      return log.countAt(address, now)
    }
    const { mails } = planAccount(course.file, { ...context, mailsToday })
    course.addressed = addressed
    for (const mail of mails) {
      log.noteSent(normaliseAddress(mail.to), now)
      planned.push(asPlanned(mail, course.file, now))
    }
    return mails.flatMap((mail) => noticesOf(mail, now))
  })
  const confirmed: SimulatedMail[] = []
  let hasSettled = false
  for (const [index, course] of courses.entries()) {
    const notices = fresh[index] ?? []
    const due = course.waiting.filter(({ nextAt }) => nextAt <= now)
    if (due.length > 0) {
      hasSettled = true
      confirmed.push(...settle(course, { due, notices, log }, context))
    }
    if (notices.length > 0) course.file = { ...course.file, told: [...course.file.told, ...notices] }
  }
  return { mails: [...planned, ...confirmed], hasSettled }
}

/** Sends the mails whose time has come, as far as they still hold beside what was just planned (rule R8). */
function settle(
  course: Course,
  { due, notices, log }: Readonly<{ due: readonly WaitingMail[]; notices: readonly LedgerNotice[]; log: MailLog }>,
  context: Readonly<{ moment: Moment; locales: readonly string[] }>,
): readonly SimulatedMail[] {
  const at = context.moment.now
  const told = [...course.file.told, ...notices.map((notice): LedgerNotice => ({ ...notice, state: 'planned' }))]
  const states = new Map<string, 'sent' | 'dropped'>()
  const mails = due.flatMap(({ mail, file, address }): SimulatedMail[] => {
    const { to, locale, timeZone, accountName, lines, dropped } = confirmMail(mail, { ...file, told }, context)
    for (const { noticeId } of lines) states.set(noticeId, 'sent')
    for (const { noticeId } of dropped) states.set(noticeId, 'dropped')
    log.noteSettled(address)
    if (lines.length === 0) return []
    log.noteSent(normaliseAddress(to), at)
    const { accountId, contactId, category } = mail
    const foreseen = lines.map(({ grant: { id: grantId, kind, name, unit }, stage, expiresAt, amount, told }) => ({
      ...{ grantId, kind, name, unit, stage, expiresAt, amount },
      ...(told !== undefined && { told }),
    }))
    return [{ at, accountId, accountName, contactId, to, category, locale, timeZone, waited: true, lines: foreseen }]
  })
  course.waiting = course.waiting.filter((each) => !due.includes(each))
  course.file = {
    ...course.file,
    told: course.file.told.flatMap((notice): LedgerNotice[] => {
      const state = states.get(notice.id)
      if (state === 'dropped') return []
      return [state === undefined ? notice : { ...notice, state }]
    }),
  }
  return mails
}

/** When an account has to be looked at again because of what was just told. */
function wakingsOf({ file, addressed }: Course, log: MailLog, moment: Moment): readonly Date[] {
  const { now, rules } = moment
  const reliefs = [...addressed].flatMap((address) => {
    if (log.countAt(address, now) < rules.maxEmailsPerAddressPerDay) return []
    return log.nextRelief(address, now) ?? []
  })
  return [...reliefs, ...correctionsToCome(file, moment)]
}

function asPlanned({ deadline: _, notices, ...mail }: PlannedMail, file: AccountFile, at: Date): SimulatedMail {
  const lines = notices.map(({ dueAt: _, ...line }) => line)
  return { ...mail, at, accountName: file.account?.name ?? file.accountId, waited: false, lines }
}

/** What the ledger holds of a mail once it is sent. */
function noticesOf(mail: PlannedMail, at: Date): readonly LedgerNotice[] {
  const { contactId, category } = mail
  const mailId = `${at.toISOString()} ${contactId} ${category}`
  const address = normaliseAddress(mail.to)
  return mail.notices.map(({ grantId, expiresAt, stage }) => ({
    id: `${mailId} ${grantId}`,
    ...{ mailId, grantId, contactId, address, expiresAt, stage, state: 'sent' },
  }))
}
