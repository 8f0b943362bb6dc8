import type { AccountFile } from './account-file.ts'
import { forecastUnits } from './forecast.ts'
import { keptBeside } from './kept.ts'
import type { Category, CreditGrant } from './model.ts'
import { NO_OUTLOOK, type Outlook } from './outlook.ts'
import type { Moment } from './reach.ts'

/**
 * What a mail about these grants can say beside them (rule R13): a warning, what becomes of them and what is kept; a
 * final notice, what is left. A correction says that nothing is lost, and needs neither. Nothing is said where it was
 * not read what the account holds.
 */
export function lookAhead(
  mail: Readonly<{ category: Category; grants: readonly Pick<CreditGrant, 'id' | 'unit'>[] }>,
  file: AccountFile,
  moment: Moment,
): Outlook {
  if (mail.category === 'correction' || mail.grants.length === 0) return NO_OUTLOOK
  const byUnit = Map.groupBy(mail.grants, ({ unit }) => unit)
  const units = new Map([...byUnit].map(([unit, grants]) => [unit, grants.map(({ id }) => id)] as const))
  return {
    forecasts: mail.category === 'warning' ? forecastUnits(units, file, moment) : [],
    kept: keptBeside(units, file, moment),
  }
}
