import { expiryOfInstant } from '../domain/never.ts'
import type { MailTotals, SimulatedMail, SimulatedPeriod, WarnedPerson } from '../domain/simulation.ts'
import type { SimulationReport } from '../jobs/simulation-report.ts'
import type { SimulationForm } from './simulate-form.ts'
import { Spool } from './spool.ts'

type Spools = Readonly<{ emails: Spool; noLongerWarned: Spool; newlyWarned: Spool }>

/** `simulate --format json`. Mails and people wait in files until the figures are known, which stand before them. */
export function openJson(): SimulationForm {
  using opening = new DisposableStack()
  const emails = opening.use(new Spool())
  const noLongerWarned = opening.use(new Spool())
  const newlyWarned = opening.use(new Spool())
  const held = opening.move()
  return {
    listener: {
      mail: (mail, under) => emails.add(element(mailJson(mail, under))),
      noLongerWarned: (person) => noLongerWarned.add(element(personJson(person))),
      newlyWarned: (person) => newlyWarned.add(element(personJson(person))),
    },
    pieces: (report) => simulationJson(report, { emails, noLongerWarned, newlyWarned }),
    [Symbol.dispose]: () => held.dispose(),
  }
}

/**
 * The stable JSON of `simulate --format json`, piece by piece; see docs/json.md. Fields may be added, none is renamed or
 * removed.
 */
function* simulationJson(report: SimulationReport, { emails, noLongerWarned, newlyWarned }: Spools): Generator<string> {
  const { from, to, sweptAlready, side, compared, quietBecause } = report
  const figures = {
    from: from.toISOString(),
    to: to.toISOString(),
    sweptAlready: sweptAlready?.toISOString() ?? null,
    nothingBecause: quietBecause,
    rules: sideJson(side.name, side.period),
    compared: compared && sideJson(compared.name, compared.period),
    differences: compared && {
      settings: compared.settings.map(({ setting, one, other }) => ({ setting, rules: one, compared: other })),
      noLongerWarned: compared.comparison.noLongerWarned,
      newlyWarned: compared.comparison.newlyWarned,
    },
  }
  // Without the brace that ends it: the lists follow.
  yield JSON.stringify(figures, null, 2).slice(0, -2)
  yield* list('noLongerWarned', noLongerWarned)
  yield* list('newlyWarned', newlyWarned)
  yield* list('emails', emails)
  yield '\n}\n'
}

function element(value: unknown): string {
  return `    ${JSON.stringify(value)}`
}

/** A field that holds a list, an element a line. */
function* list(name: string, spool: Spool): Generator<string> {
  yield `,\n  ${JSON.stringify(name)}: [`
  let left = spool.lines
  if (left > 0) yield '\n'
  // No line of JSON holds a line break: each ends one.
  for (const piece of spool.pieces()) yield piece.replaceAll('\n', () => (--left === 0 ? '\n  ' : ',\n'))
  yield ']'
}

function sideJson(name: string, { sweeps, totals, largestDay, held, days }: SimulatedPeriod) {
  return {
    name,
    sweeps,
    ...totalsJson(totals),
    largestDay: largestDay && { day: largestDay.day, emails: largestDay.emails },
    held: held.map(({ at, emails, because }) => ({ at: at.toISOString(), emails, reason: because })),
    days: days.map((day) => ({ day: day.day, ...totalsJson(day) })),
  }
}

function totalsJson({ emails, byCategory, people, accounts, grants, stakes }: MailTotals) {
  return { emails, byCategory, people, accounts, grants, stakes }
}

function personJson({ accountId, accountName, to, grantIds, ofNothing }: WarnedPerson) {
  return { to, account: accountId, accountName, grants: grantIds, ofNothing }
}

function mailJson(mail: SimulatedMail, under: 'rules' | 'otherRules') {
  return {
    at: mail.at.toISOString(),
    under: under === 'rules' ? 'rules' : 'compared',
    to: mail.to,
    account: mail.accountId,
    contact: mail.contactId,
    category: mail.category,
    locale: mail.locale,
    timeZone: mail.timeZone,
    waited: mail.waited,
    grants: mail.lines.map(({ grantId, stage, expiresAt, unit, amount }) => ({
      id: grantId,
      stage,
      expiresAt: expiryOfInstant(expiresAt)?.toISOString() ?? null,
      unit,
      remaining: amount,
    })),
  }
}
