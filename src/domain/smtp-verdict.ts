/** Where in the SMTP dialogue an attempt ended (RFC 5321, 3); `final` is everything after the message's last line. */
export type SmtpStage = 'connect' | 'tls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'final'

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

/** Judges an outcome by stage, reply code and enhanced code. */
export function verdictOn(outcome: SendOutcome): SmtpVerdict {
  switch (outcome.kind) {
    case 'accepted':
      return 'accepted'
    case 'unsupported-address':
      return 'address-unsupported'
    case 'broken':
      return outcome.stage === 'final' ? 'uncertain' : EARLY_STAGES.has(outcome.stage) ? 'unreachable' : 'deferred'
    case 'refused':
      return verdictOnReply(outcome)
  }
}

/** Before the first mail transaction: what goes wrong here goes wrong for every mail. */
const EARLY_STAGES: ReadonlySet<SmtpStage> = new Set(['connect', 'tls', 'auth'])

type Reply = Extract<SendOutcome, { kind: 'refused' }>

/** From here on up, Exchange Online's own codes below X.7: its servers are busy with us (`451 4.7.500` to `4.7.699`). */
const BUSY_DETAIL = /^4\.7\.[56]\d\d$/

/**
 * How providers say that they are sent too much at a time: `454 Throttling failure: Maximum sending rate exceeded`
 * (Amazon SES), `421 4.7.0`, `421 4.7.28` (Yahoo, Gmail), `451 4.7.500 Server busy` (Exchange Online). A 454 to AUTH or
 * STARTTLS is the trouble of these (RFC 4954, 6; RFC 3207, 4).
 */
function isAboutOurRate({
  stage,
  replyCode,
  enhancedCode,
}: Pick<Reply, 'stage' | 'replyCode' | 'enhancedCode'>): boolean {
  if (replyCode === 454) return !EARLY_STAGES.has(stage)
  if (replyCode === 421) return enhancedCode?.startsWith('4.7.') ?? false
  return replyCode === 451 && BUSY_DETAIL.test(enhancedCode ?? '')
}

function verdictOnReply({ stage, replyCode, enhancedCode }: Reply): SmtpVerdict {
  if (isAboutOurRate({ stage, replyCode, enhancedCode })) return 'throttled'
  // 421 may answer any command: the server is closing (RFC 5321, 3.8). 4yz: try again (4.2.1).
  if (replyCode < 500) return EARLY_STAGES.has(stage) ? 'unreachable' : 'deferred'
  // 530, 535, 538: authentication (RFC 4954, 6).
  if (EARLY_STAGES.has(stage) || [530, 535, 538].includes(replyCode)) return 'service-refused'
  // Before there is a recipient, it can only be us; and X.4.5, congestion, is how providers report a sender's quota
  // (RFC 3463, 3.5).
  if (stage === 'mail' || enhancedCode === '5.4.5') return 'service-refused'
  // X.7.z: security or policy (RFC 3463, 3.8).
  if (enhancedCode?.startsWith('5.7.')) return 'policy-refused'
  // X.2.2 mailbox full: it may be emptied (RFC 3463, 3.3).
  if (enhancedCode === '5.2.2') return 'deferred'
  if (stage === 'rcpt') {
    // A full mailbox, or too many recipients (RFC 5321, 4.2.3 and 4.5.3.1.10): it may pass. X.3.z: the mail is too big.
    if (replyCode === 552) return enhancedCode?.startsWith('5.3.') ? 'mail-refused' : 'deferred'
    // A plain 554, "transaction failed", says nothing of the address (RFC 5321, 4.2.2).
    return replyCode === 554 && enhancedCode === null ? 'policy-refused' : 'recipient-refused'
  }
  return 'mail-refused'
}
