import type { AccountFile, PlanContext } from '../../src/domain/account-file.ts'
import { normaliseAddress } from '../../src/domain/address.ts'
import type { CreditGrant } from '../../src/domain/model.ts'
import { type AccountPlan, planAccount } from '../../src/domain/plan.ts'
import type { PlannedMail } from '../../src/domain/plan-mails.ts'
import type { Rules } from '../../src/domain/rules.ts'
import type { LedgerNotice } from '../../src/domain/told.ts'
import { contextAt, someFile, someRules } from './builders.ts'

/** One account whose mails all arrive: each plan is carried into the ledger that the next one reads. */
export class World {
  file: AccountFile
  rules: Rules
  readonly mails: PlannedMail[] = []

  constructor(file: Partial<AccountFile> = {}, rules: Partial<Rules> = {}) {
    this.file = someFile(file)
    this.rules = someRules(rules)
  }

  contextAt(now: Date): PlanContext {
    return contextAt(now, this.rules)
  }

  runAt(now: Date): AccountPlan {
    const plan = planAccount(this.file, this.contextAt(now))
    this.mails.push(...plan.mails)
    this.file = { ...this.file, told: [...this.file.told, ...plan.mails.flatMap((mail) => asTold(mail))] }
    return plan
  }

  /** Moves all expiries that their rows state; by `Infinity`, to never. */
  moveExpiries(byMs: number): void {
    const grants = (this.file.grants as readonly CreditGrant[]).map((grant) => {
      if (!(grant.expiresAt instanceof Date)) return grant
      const expiresAt = byMs === Number.POSITIVE_INFINITY ? 'never' : new Date(grant.expiresAt.getTime() + byMs)
      return { ...grant, expiresAt } satisfies CreditGrant
    })
    this.file = { ...this.file, grants }
  }

  /** Mails so far, as `category` counts. */
  counts(): { warning: number; expired: number } {
    const of = (category: string) => this.mails.filter((mail) => mail.category === category).length
    return { warning: of('warning'), expired: of('expired') }
  }
}

/** The notices of a mail as the ledger holds them, `sent` or in another state. */
export function asTold(mail: PlannedMail, state: LedgerNotice['state'] = 'sent'): LedgerNotice[] {
  return mail.notices.map(({ grantId, expiresAt, stage }) => ({
    id: [mail.contactId, grantId, expiresAt.toISOString(), stage].join(' '),
    mailId: [mail.contactId, mail.category, mail.deadline.toISOString()].join(' '),
    grantId,
    contactId: mail.contactId,
    address: normaliseAddress(mail.to),
    expiresAt,
    stage,
    state,
  }))
}
