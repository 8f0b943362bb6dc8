import type { AccountFile, PlanContext } from '../../src/domain/account-file.ts'
import { type AccountPlan, planAccount } from '../../src/domain/plan.ts'
import type { PlannedMail } from '../../src/domain/plan-mails.ts'
import type { Rules } from '../../src/domain/rules.ts'
import type { LedgerNotice } from '../../src/domain/told.ts'
import { contextAt, someFile, someRules } from './builders.ts'

/** One account whose mails all arrive: each plan is carried into the ledger that the next one reads. */
export class World {
  file: AccountFile
  readonly rules: Rules
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
    this.file = { ...this.file, told: [...this.file.told, ...plan.mails.flatMap(asTold)] }
    return plan
  }

  /** Mails so far, as `category` counts. */
  counts(): { warning: number; expired: number } {
    const of = (category: string) => this.mails.filter((mail) => mail.category === category).length
    return { warning: of('warning'), expired: of('expired') }
  }
}

function asTold(mail: PlannedMail): LedgerNotice[] {
  return mail.notices.map(({ grantId, expiresAt, stage }) => ({
    id: `${grantId} ${stage}`,
    mailId: 'mail',
    grantId,
    contactId: mail.contactId,
    expiresAt,
    stage,
    state: 'sent',
  }))
}
