import { normaliseAddress } from './address.ts'

/**
 * What came back about a mail.
 *
 * - `failed`: it was not delivered. `delayed`: not yet, and it is still tried.
 * - `complaint`: its reader called it unwanted. `other`: something that says none of these.
 */
export type ReportKind = 'failed' | 'delayed' | 'complaint' | 'other'

export type Report = Readonly<{
  kind: ReportKind
  /** As in RFC 3463, `5.1.1`; null where none was given. */
  status: string | null
  /** The other server's words; null where it had none. */
  diagnostic: string | null
  /** Every form in which it names the one address that it is about; empty where it names none. */
  recipients: readonly string[]
}>

/** The mail that a report is about. */
export type ReportedMail = Readonly<{
  address: string
  /** True: the report came to a return path that only we can make, so that its mail is beyond doubt. */
  isProven: boolean
}>

/** Why an address goes on the suppression list, if it does; null where it does not. */
export type Consequence = 'bounced' | 'complaint' | null

/**
 * What a report means for the address of its mail. It never means anything for another address: whoever can send us mail
 * could have anybody's suppressed.
 *
 * - A bounce suppresses where it names the mail's own address; or any, where the mail is proven: an address that forwards
 *   is reported by the name that it forwards to.
 * - A complaint names nobody where the provider hides the address (RFC 6590, 2): the mail's own is meant.
 */
export function consequenceOf(report: Report, mail: ReportedMail | null): Consequence {
  if (mail === null) return null
  const { kind, recipients } = report
  const isNamed = recipients.some((each) => normaliseAddress(each) === normaliseAddress(mail.address))
  if (kind === 'complaint') return isNamed || mail.isProven || recipients.length === 0 ? 'complaint' : null
  if (kind === 'failed' && isAddressBad(report.status)) return isNamed || mail.isProven ? 'bounced' : null
  return null
}

/**
 * The codes that say of an address that it is no good and will not become so (RFC 3463, 3.2 and 3.3; 5.1.10: RFC 7505,
 * 4.2): no such mailbox, no such host, no address at all, moved away, a host that takes no mail, closed.
 *
 * Not among them, though permanent: 5.2.2, a full mailbox, may be emptied; 5.1.0 and 5.0.0 say nothing of the cause; 5.4.z
 * is about the way; 5.3.z and 5.6.z are about the message; 5.7.z is a policy, of this mail or of us.
 */
const BAD_ADDRESS: ReadonlySet<string> = new Set(['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10', '5.2.1'])

function isAddressBad(status: string | null): boolean {
  return status !== null && BAD_ADDRESS.has(status)
}
