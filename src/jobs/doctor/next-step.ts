import type { Check, Finding } from './finding.ts'

/** Checks in the order in which what they find stands in the way, each with what to do first about it. */
const STEPS: readonly Readonly<{ check: Check; step: string }>[] = [
  { check: 'database', step: 'set DATABASE_URL to a database that lets you in, then run doctor again' },
  { check: 'rules', step: 'mend the file of rules, then run doctor again' },
  { check: 'billing', step: 'describe your tables as views, as docs/connect.md shows, then run doctor again' },
]
const BEFORE_MIGRATE = 'run credit-reminders migrate, then credit-reminders dry-run: neither sends anything'
const READ_RIGHTS = 'let the role read billing, as the line on rights says, then run doctor again'
const AFTER_FAULTS =
  'credit-reminders dry-run shows already whom a run would mail; mend what is marked as a fault before there is one'
const ALL_WELL = 'credit-reminders dry-run shows whom a run would mail; credit-reminders run mails them'

/** What to do next, in one line: what stands most in the way of a first dry run, and then of a first run. */
export function nextStep(findings: readonly Finding[]): string {
  const faulty = (check: Check) => findings.some((finding) => finding.check === check && finding.state === 'fault')
  const blocked = (check: Check) => faulty(check) || (check === 'database' && isUnset(findings))
  const first = STEPS.find(({ check }) => blocked(check))
  if (first !== undefined) return first.step
  // Rows that could not be looked at, for want of rights on them.
  if (faulty('rights') && !findings.some(({ check, state }) => check === 'rows' && state !== 'not-checked')) {
    return READ_RIGHTS
  }
  if (faulty('migrations') || faulty('queue')) return BEFORE_MIGRATE
  return findings.some(({ state }) => state === 'fault') ? AFTER_FAULTS : ALL_WELL
}

/** Without DATABASE_URL the database is not looked at, which is no fault of its own. */
function isUnset(findings: readonly Finding[]): boolean {
  return findings.some(({ check, state }) => check === 'database' && state === 'not-checked')
}
