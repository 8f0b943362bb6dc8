import { NEVER_EXPIRES } from '../domain/never.ts'
import type { Moment } from '../domain/reach.ts'
import { allPolicies } from '../domain/rules.ts'
import type { Transaction } from './database.ts'
import { beyondWindows, parameters } from './windows.ts'

/**
 * The grants of which somebody was last told an expiry that is still news, and that expire later than a sweep looks, or
 * never: the ledger says who was told, and only by the grant is it seen that the expiry has moved. A few too many: the
 * domain decides.
 *
 * Nothing but open notices and their grants is read, each by an index: of those that expire when people were told, which
 * are nearly all, no more than that.
 */
export async function findMovedGrants(tx: Transaction, moment: Moment): Promise<readonly string[]> {
  if (!allPolicies(moment.rules).some(({ notifyCorrection }) => notifyCorrection)) return []
  const { values, bind } = parameters()
  const from = bind(moment.reach.from.toISOString(), 'timestamptz')
  const never = bind(NEVER_EXPIRES.toISOString(), 'timestamptz')
  const rows = await tx.$queryRawUnsafe<{ id: string }[]>(
    // The ids as one array: also where the grants are on another server, it is asked for these alone.
    `SELECT DISTINCT g.id
       FROM (SELECT id::text AS id, expires_at FROM billing.credit_grants
              WHERE id = ANY(ARRAY(SELECT DISTINCT grant_id FROM reminders.notices
                                    WHERE state = 'sent' AND expires_at >= ${from} AND expires_at < ${never}))
                AND ${beyondWindows(moment, bind)} OFFSET 0) g
      CROSS JOIN LATERAL (
        SELECT DISTINCT ON (n.contact_id, m.address_hash) n.expires_at
          FROM reminders.notices n JOIN reminders.mails m ON m.id = n.mail_id
         WHERE n.grant_id = g.id AND n.state = 'sent'
         ORDER BY n.contact_id, m.address_hash, n.id DESC) last
      WHERE last.expires_at >= ${from} AND last.expires_at < least(coalesce(g.expires_at, 'infinity'), ${never})`,
    ...values,
  )
  return rows.map(({ id }) => id)
}
