/** Where in the SMTP dialogue an attempt ended (RFC 5321, 3); `final` is everything after the message's last line. */
export type SmtpStage = 'connect' | 'tls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'final'

/** Before the first mail transaction: what goes wrong here goes wrong for every mail. */
export const EARLY_STAGES: readonly SmtpStage[] = ['connect', 'tls', 'auth']

/** What came of handing one message to the server. */
export type SendOutcome = Readonly<
  | { kind: 'accepted'; reply: string }
  /** The server said no. `enhancedCode` as in RFC 3463, `5.1.1`. */
  | { kind: 'refused'; stage: SmtpStage; replyCode: number; enhancedCode: string | null; reply: string }
  /** The line broke, or nobody answered. */
  | { kind: 'broken'; stage: SmtpStage; reply: string }
  /** The server cannot carry such an address (no SMTPUTF8, RFC 6531): found out before anything was sent. */
  | { kind: 'unsupported-address'; reply: string }
>

/**
 * What an outcome means for the mail and for delivery as a whole.
 *
 * - `deferred`: try again later. `recipient-refused`: this address is no good. `mail-refused`: this mail is not wanted.
 * - `address-unsupported`: the server on the way cannot carry such an address; another one could.
 * - `policy-refused`: they refuse this mail or us, and only the fate of other mails can tell which.
 * - `throttled`: we send faster than they take it. Everyone slows down; this mail is tried again later.
 * - `service-refused`: they refuse us, whatever the mail. `unreachable`: nobody there. Either way every mail would fail.
 * - `uncertain`: the line broke after the last line of the message; it may have arrived.
 */
export type SmtpVerdict =
  | 'accepted'
  | 'deferred'
  | 'recipient-refused'
  | 'mail-refused'
  | 'address-unsupported'
  | 'policy-refused'
  | 'throttled'
  | 'service-refused'
  | 'unreachable'
  | 'uncertain'
