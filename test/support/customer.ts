import type { Email } from 'postal-mime'
import {
  type AccountRow,
  type ContactRow,
  type GrantRow,
  insertAccount,
  insertContact,
  insertGrant,
  type Sql,
} from './billing.ts'
import type { SinkMail, SmtpSink } from './smtp-sink.ts'

export type Customer = Readonly<{
  account?: Partial<AccountRow>
  contact?: Partial<ContactRow>
  grant?: Partial<GrantRow>
}>

/** When the credits of customers expire, where nobody says otherwise: midday of a Monday. */
export const EXPIRY = '2026-06-01T12:00:00Z'

/** An account, a contact and a grant that go by one name: `acc_ana`, `con_ana` at `ana@example.com`, `cg_ana`. */
export async function insertCustomer(sql: Sql, name: string, { account, contact, grant }: Customer = {}) {
  const accountId = `acc_${name}`
  await insertAccount(sql, { id: accountId, name: `${name}'s company`, ...account })
  await insertContact(sql, { id: `con_${name}`, accountId, email: `${name}@example.com`, ...contact })
  await insertGrant(sql, { id: `cg_${name}`, accountId, name: `Pack of ${name}`, expiresAt: EXPIRY, ...grant })
}

/** A mail as its reader sees it. */
export type Arrival = Readonly<{ to: string; subject: string; lines: readonly string[]; messageId: string }>

/** What arrived, in order, each line of credits in one: `$18.00 - Pack, until 12:00 UTC on Monday, June 1, 2026, 7 days left`. */
export async function arrivalsAt({ mails }: SmtpSink): Promise<readonly Arrival[]> {
  return Promise.all(mails.map(arrivalOf))
}

async function arrivalOf(mail: SinkMail): Promise<Arrival> {
  const { subject = '', messageId = '', text } = await mail.parsed()
  return { to: mail.envelope.to.join(), subject, messageId, lines: linesOf(text) }
}

function linesOf(text: Email['text']): readonly string[] {
  const lines = (text ?? '').matchAll(
    /^\* (.+)\n {2}.+\n {2}(?:C(?:an|ould) be used (?=until)|(?=Will not))(.+(?:\n {2}.+)*)$/gm,
  )
  return [...lines].map(([_all, what, until]) => `${what}, ${until}`.replaceAll(/\n *|\u00a0/g, ' '))
}
