import type { AuditCheck } from '../domain/audit.ts'
import { ABANDONED_AFTER } from './outbox.ts'
import { isInNoBatch } from './queue.ts'

/**
 * Mails of the span that is looked at. $1: the least id that a mail of it can have, for the primary key, because ids
 * begin with the time (RFC 9562, 5.7); $2: its first instant.
 */
export const IN_SPAN = `m.id >= $1::uuid AND m.created_at >= $2::timestamptz`

/** An instant as JSON has it. */
const iso = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

/** Business time may follow the database's clock by a round trip, and whoever carries it on by a little more. */
const CLOCK_TOLERANCE = `interval '5 minutes'`

/** A run as of another time tells nothing of what was on a list when it really was. */
const SENT_IN_THE_PRESENT = `m.state = 'sent' AND m.sent_at BETWEEN m.created_at - ${CLOCK_TOLERANCE} AND clock_timestamp()`

const SENT_LINES = `reminders.mails m JOIN reminders.notices n ON n.mail_id = m.id AND n.state = 'sent'`

/** A batch whose worker has been quiet for so long is in no hands: whoever looks for dead workers would have passed it on. */
const QUIET_AFTER = '1 minute'

/** After so long in business time, a mail that was due has been passed over by a sweep that should have taken it up. */
const OVERDUE_AFTER = `interval '1 hour'`

/** Planned in a part of a sweep, and taken back before the whole was counted: its address had enough from the other parts. */
const TAKEN_BACK = `(s.split IS NOT NULL AND m.state = 'cancelled' AND m.reason = 'address-limit')`

/**
 * One statement for each check, which selects what is wrong: any of sweep, mail, grant, stage and other, as the words
 * of the check need them. All of them read one snapshot.
 */
export const CHECK_STATEMENTS: Readonly<Record<AuditCheck, string>> = {
  // The same person is the same contact, or the same address within the account.
  'told-twice': `
    SELECT m.id AS mail, o.mail_id AS other, n.grant_id AS grant, n.stage
      FROM ${SENT_LINES}
      JOIN reminders.notices o ON o.grant_id = n.grant_id AND o.expires_at = n.expires_at AND o.stage = n.stage
                              AND o.state = 'sent' AND o.id < n.id
      JOIN reminders.mails om ON om.id = o.mail_id
     WHERE ${IN_SPAN}
       AND (o.contact_id = n.contact_id OR (om.account_id = m.account_id AND om.address_hash = m.address_hash))`,

  'warned-too-late': `
    SELECT m.id AS mail, n.grant_id AS grant, ${iso('m.sent_at')} AS other
      FROM ${SENT_LINES}
     WHERE ${IN_SPAN} AND m.category <> 'expired' AND m.sent_at >= n.expires_at`,

  // Whoever was told may have another address, or be another contact, since. What was told may be removed, its time being
  // over: then it spoke of an expiry before that time, which is news for so long as the rules then said (ISO 8601).
  'corrected-nothing': `
    SELECT m.id AS mail, n.grant_id AS grant
      FROM ${SENT_LINES}
     WHERE ${IN_SPAN} AND n.stage = 'correction'
       AND NOT EXISTS (
         SELECT 1 FROM reminders.sweeps s JOIN reminders.rule_sets r ON r.hash = s.rules_hash
          WHERE s.id = m.sweep_id
            AND s.as_of - (r.document ->> 'expiredWithin')::interval < (SELECT max(removed_before) FROM reminders.clearings))
       AND NOT EXISTS (SELECT 1 FROM reminders.notices o
                        WHERE o.grant_id = n.grant_id AND o.state = 'sent' AND o.id < n.id AND o.expires_at < n.expires_at)`,

  'told-of-nothing': `
    SELECT m.id AS mail, n.grant_id AS grant FROM ${SENT_LINES} WHERE ${IN_SPAN} AND n.amount <= 0`,

  'sent-without-notice': `
    SELECT m.id AS mail FROM reminders.mails m
     WHERE ${IN_SPAN} AND m.state = 'sent'
       AND NOT EXISTS (SELECT 1 FROM reminders.notices n WHERE n.mail_id = m.id AND n.state = 'sent')`,

  'sent-without-attempt': `
    SELECT m.id AS mail FROM reminders.mails m
     WHERE ${IN_SPAN} AND m.state = 'sent'
       AND NOT EXISTS (SELECT 1 FROM reminders.attempts a WHERE a.mail_id = m.id AND a.outcome = 'sent')`,

  // Since copies are kept, and a day more: until all processes are of a version that keeps them.
  'sent-without-copy': `
    SELECT m.id AS mail FROM reminders.mails m
     WHERE ${IN_SPAN} AND m.state = 'sent'
       AND m.sent_at > (SELECT min(at) + interval '1 day' FROM reminders.mail_copies)
       AND NOT EXISTS (SELECT 1 FROM reminders.mail_copies c WHERE c.mail_id = m.id)`,

  'notice-without-mail': `
    SELECT m.id AS mail, n.grant_id AS grant, n.stage, m.state AS other
      FROM ${SENT_LINES} WHERE ${IN_SPAN} AND m.state <> 'sent'`,

  'notice-left-open': `
    SELECT m.id AS mail, n.grant_id AS grant, n.stage, m.state AS other
      FROM reminders.mails m JOIN reminders.notices n ON n.mail_id = m.id AND n.state = 'planned'
     WHERE ${IN_SPAN} AND m.state IN ('sent', 'failed', 'cancelled', 'discarded')`,

  'in-no-hands': `
    SELECT m.id AS mail, ${iso('m.claimed_at')} AS other FROM reminders.mails m
     WHERE m.state = 'sending' AND m.claimed_at < clock_timestamp() - interval '${ABANDONED_AFTER}' AND ${IN_SPAN}
       AND NOT EXISTS (
         SELECT 1 FROM pgboss.job j
          WHERE j.name = 'deliver' AND j.id = m.batch_id
            AND (j.state IN ('created', 'retry')
                 OR (j.state = 'active' AND coalesce(j.heartbeat_on, j.started_on) > now() - interval '${QUIET_AFTER}')))`,

  // Whatever is due when a sweep looks, that sweep hands out at its end. One that a person let go waits for the next sweep.
  overdue: `
    SELECT m.id AS mail, ${iso('m.next_attempt_at')} AS other
      FROM reminders.mails m JOIN reminders.sweeps own ON own.id = m.sweep_id
     WHERE m.state = 'queued' AND ${IN_SPAN} AND (m.batch_id IS NULL OR ${isInNoBatch('m.batch_id')})
       AND EXISTS (SELECT 1 FROM reminders.sweeps s
                    WHERE s.as_of >= m.next_attempt_at + ${OVERDUE_AFTER} AND s.state NOT IN ('planning', 'abandoned')
                      AND s.started_at > coalesce(own.decided_at, own.started_at))`,

  // Trouble of our own burns no attempt. What came in after a mail was given up as in doubt has the number of that attempt.
  'attempts-with-a-gap': `
    SELECT m.id AS mail, string_agg(a.number::text, ', ' ORDER BY a.id) AS other
      FROM reminders.mails m JOIN reminders.attempts a ON a.mail_id = m.id AND a.outcome <> 'refused-us'
     WHERE ${IN_SPAN}
     GROUP BY m.id HAVING count(DISTINCT a.number) <> max(a.number)`,

  'message-id-twice': `
    SELECT max(m.id::text) AS mail, min(m.id::text) AS other
      FROM reminders.mails m WHERE ${IN_SPAN} GROUP BY m.message_id HAVING count(*) > 1`,

  'sweep-miscounted': `
    SELECT s.id AS sweep, s.emails || ' counted, ' || found.mails + s.removed_mails || ' found' AS other
      FROM reminders.sweeps s
     CROSS JOIN LATERAL (
       SELECT count(*) AS mails FROM reminders.mails m WHERE m.sweep_id = s.id AND NOT ${TAKEN_BACK}) found
     WHERE $1::uuid IS NOT NULL AND s.started_at >= $2::timestamptz AND s.emails <> found.mails + s.removed_mails
       AND s.state NOT IN ('planning', 'abandoned')`,

  'held-sweep-leaks': `
    SELECT s.id AS sweep, m.id AS mail, m.state || ' in a sweep that is ' || s.state AS other
      FROM reminders.sweeps s JOIN reminders.mails m ON m.sweep_id = s.id
     WHERE ${IN_SPAN} AND NOT ${TAKEN_BACK}
       AND ((s.state IN ('held', 'planning')) <> (m.state = 'held') OR (s.state = 'discarded') <> (m.state = 'discarded'))`,

  'told-though-suppressed': `
    SELECT m.id AS mail, ${iso('m.sent_at')} AS other
      FROM reminders.suppressions s JOIN reminders.mails m ON m.address_hash = s.address_hash
     WHERE ${IN_SPAN} AND ${SENT_IN_THE_PRESENT} AND s.lifted_at IS NULL AND (s.scope = 'all' OR m.category <> 'expired')
       AND s.listed_at < m.sent_at - ${CLOCK_TOLERANCE}`,

  'told-though-unsubscribed': `
    SELECT m.id AS mail, ${iso('m.sent_at')} AS other
      FROM reminders.unsubscriptions u
      JOIN reminders.mails m ON m.account_id = u.account_id
                            AND (m.contact_id = u.contact_id OR m.address_hash = u.address_hash)
     WHERE ${IN_SPAN} AND ${SENT_IN_THE_PRESENT} AND u.lifted_at IS NULL AND (u.scope = 'all' OR m.category <> 'expired')
       AND u.created_at < m.sent_at - ${CLOCK_TOLERANCE}`,
}
