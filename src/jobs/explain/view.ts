import { differingSettings, readKeptRules } from '../../config/kept-rules.ts'
import type { Rules } from '../../domain/rules.ts'
import type { Database } from '../../store/database.ts'
import { hasSweepAfter, ruleSetAt } from '../../store/rule-sets.ts'
import { databaseNow, rulesHash } from '../../store/sweep-ledger.ts'

/** What everything is explained from. */
export type ExplainSetting = Readonly<{ db: Database; rules: Rules; rulesDocument: object }>

/** The rules that a story goes by. */
export type RulesThen = Readonly<{
  /** Of a past time those of the ledger: of the latest sweep by then. Else, and where there are none, those of the file. */
  from: 'ledger' | 'file'
  /** By which the ledger knows them. */
  hash: string
  /** Since which sweep's time they have been in force; null where no sweep went by them. */
  since: Date | null
  /** The settings in which the ledger's and the file's differ. */
  differing: readonly string[]
  /** True where the ledger's are of another version and cannot be read: those of the file stand for them. */
  isUnreadable: boolean
}>

/** A look at the ledger at one time. */
export type View = Readonly<{
  db: Database
  asOf: Date
  /** When the billing data is read. */
  now: Date
  isPast: boolean
  /** A sweep has looked since: then the ledger has the nearer word on what grants were. */
  isOvertaken: boolean
  rules: Rules
  rulesThen: RulesThen
}>

/** Opens a look at the time `asOf`; null: now. */
export async function viewAt({ db, rules, rulesDocument }: ExplainSetting, asOf: Date | null): Promise<View> {
  const now = await databaseNow(db)
  const at = asOf ?? now
  const isPast = at < now
  const kept = await ruleSetAt(db, at)
  const keptRules = kept === null ? null : readKeptRules(kept.document)
  const differing = keptRules === null ? [] : differingSettings(keptRules, rules)
  const isUnreadable = kept !== null && keptRules === null
  const isOvertaken = isPast && (await hasSweepAfter(db, at))
  const base = { db, asOf: at, now, isPast, isOvertaken }
  if (isPast && kept !== null && keptRules !== null) {
    // Who may be written to on a trial installation is not kept with a sweep.
    const inForce = { ...keptRules, allowedRecipients: rules.allowedRecipients }
    const rulesThen = { from: 'ledger', hash: kept.hash, since: kept.since, differing, isUnreadable } as const
    return { ...base, rules: inForce, rulesThen }
  }
  const hash = rulesHash(rulesDocument)
  const since = kept?.hash === hash ? kept.since : null
  return { ...base, rules, rulesThen: { from: 'file', hash, since, differing, isUnreadable } }
}
