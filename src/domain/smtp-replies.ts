import { EARLY_STAGES, type SmtpStage, type SmtpVerdict } from './smtp-outcome.ts'

/**
 * One line of the table by which replies are judged. It fits where stage, reply code and enhanced code all do; of those
 * that fit, the first speaks.
 */
export type ReplyRow = Readonly<{
  stages: readonly SmtpStage[]
  /** `550`; `5yz`, where y and z are any digit; `none` where the line broke or nobody answered; `any`. */
  replies: readonly string[]
  /** `5.1.1`; `5.1.z`, any detail; `5.7.2z`, details of that many digits; `none` where there is none; `any`. */
  enhanced: readonly string[]
  verdict: SmtpVerdict
  /** What is said by it. */
  meaning: string
  /** Who says so. */
  source: string
}>

const ANYWHERE: readonly SmtpStage[] = ['connect', 'tls', 'auth', 'mail', 'rcpt', 'data', 'final']
/** Within a transaction: MAIL and later. */
const IN_MAIL: readonly SmtpStage[] = ['mail', 'rcpt', 'data', 'final']
/** After the server has taken the sender. */
const AFTER_SENDER: readonly SmtpStage[] = ['rcpt', 'data', 'final']
const CONTENT: readonly SmtpStage[] = ['data', 'final']

/** Exchange Online's own details of X.7: senders and hosts that it bars, and limits that they exceeded. */
const BARRED_BY_EXCHANGE = [
  '5.7.501',
  '5.7.502',
  '5.7.503',
  '5.7.506',
  '5.7.508',
  '5.7.509',
  '5.7.511',
  '5.7.6zz',
  '5.7.7zz',
]

/** The first row that fits speaks; the last ones fit whatever came before them did not. */
export const REPLY_TABLE: readonly ReplyRow[] = [
  // The line broke, or nobody answered.
  {
    stages: ['final'],
    replies: ['none'],
    enhanced: ['any'],
    verdict: 'uncertain',
    meaning: 'the line broke after the end of the message, which the server may have taken',
    source: 'RFC 5321, 4.5.3.2.6 and 6.1',
  },
  {
    stages: EARLY_STAGES,
    replies: ['none'],
    enhanced: ['any'],
    verdict: 'unreachable',
    meaning: 'nobody there, or a certificate that nobody trusts',
    source: 'RFC 5321, 3.1; RFC 3207, 4.1',
  },
  {
    stages: IN_MAIL,
    replies: ['none'],
    enhanced: ['any'],
    verdict: 'deferred',
    meaning: 'the line broke before the end of the message, which nobody can have taken',
    source: 'RFC 5321, 3.8',
  },
  // Too much at a time.
  {
    stages: ['rcpt'],
    replies: ['454'],
    enhanced: ['4.7.1'],
    verdict: 'policy-refused',
    meaning: 'relay access denied, for now: of this recipient, or of us',
    source: 'Postfix: postconf(5), defer_unauth_destination',
  },
  {
    stages: IN_MAIL,
    replies: ['454'],
    enhanced: ['any'],
    verdict: 'throttled',
    meaning: 'sending rate or daily quota exceeded',
    source: 'Amazon SES: errors related to sending quotas (Throttling failure)',
  },
  {
    stages: ANYWHERE,
    replies: ['421'],
    enhanced: ['4.7.z'],
    verdict: 'throttled',
    meaning: 'unusual rate, messages deferred, too many connections',
    source:
      'Gmail: SMTP error reference (4.7.0, 4.7.28); Yahoo: 4xx error codes ([TSS04]); Postfix: smtpd(8), client limits',
  },
  {
    stages: ANYWHERE,
    replies: ['451'],
    enhanced: ['4.7.5zz', '4.7.6zz', '5.7.5zz', '5.7.6zz'],
    verdict: 'throttled',
    meaning: 'server busy: more comes from this host than it is used to',
    source: 'Exchange Online: non-delivery reports, 451 4.7.500-699 (formerly 451 5.7.500-699)',
  },
  {
    stages: ['mail'],
    replies: ['4yz'],
    enhanced: ['4.7.z'],
    verdict: 'throttled',
    meaning: 'before there is a recipient, a policy for now can only be about how much we send',
    source: 'Postfix: smtpd(8), smtpd_client_message_rate_limit (450 4.7.1)',
  },
  {
    stages: IN_MAIL,
    replies: ['4yz'],
    enhanced: ['4.4.5'],
    verdict: 'throttled',
    meaning: 'congestion',
    source: 'RFC 3463, 3.5 (X.4.5); Gmail: SMTP error reference (Server busy)',
  },
  // For now.
  {
    stages: EARLY_STAGES,
    replies: ['4yz'],
    enhanced: ['any'],
    verdict: 'unreachable',
    meaning: 'no service for now: closing, too many connections, no log-in, no TLS',
    source: 'RFC 5321, 3.8 and 4.2.1; RFC 4954, 6; RFC 3207, 4',
  },
  {
    stages: IN_MAIL,
    replies: ['4yz'],
    enhanced: ['any'],
    verdict: 'deferred',
    meaning: 'not now: greylisted, mailbox busy or full, no storage, local error, closing',
    source: 'RFC 5321, 3.8 and 4.2.1; RFC 6647, 2',
  },
  // Refused for good, and it is us.
  {
    stages: EARLY_STAGES,
    replies: ['5yz'],
    enhanced: ['any'],
    verdict: 'service-refused',
    meaning: 'our host, our credentials, or the want of TLS',
    source: 'RFC 5321, 3.1; RFC 7504, 3; RFC 4954, 6; RFC 3207, 4',
  },
  {
    stages: IN_MAIL,
    replies: ['530', '534', '535', '538'],
    enhanced: ['any'],
    verdict: 'service-refused',
    meaning: 'we have to log in, or otherwise',
    source: 'RFC 4954, 6',
  },
  {
    stages: ['mail'],
    replies: ['5yz'],
    enhanced: ['any'],
    verdict: 'service-refused',
    meaning: 'the sender: before there is a recipient, it can only be us',
    source: 'RFC 5321, 3.3',
  },
  {
    stages: AFTER_SENDER,
    replies: ['5yz'],
    enhanced: ['5.4.5'],
    verdict: 'service-refused',
    meaning: 'daily sending quota exceeded',
    source: 'Gmail: SMTP error reference (550 5.4.5); RFC 3463, 3.5 (X.4.5)',
  },
  {
    stages: AFTER_SENDER,
    replies: ['5yz'],
    enhanced: ['5.1.7', '5.1.8', '5.1.90', '5.2.252', '5.7.60'],
    verdict: 'service-refused',
    meaning: 'the address of the sender: malformed, unknown, barred, at its daily limit, or not ours',
    source: 'RFC 3463, 3.2 (X.1.7, X.1.8); Exchange Online: non-delivery reports (5.1.8, 5.1.90, 5.2.252, 5.7.60)',
  },
  {
    stages: AFTER_SENDER,
    replies: ['5yz'],
    enhanced: ['5.7.8', '5.7.2z'],
    verdict: 'service-refused',
    meaning: 'our log-in; our SPF, DKIM or reverse DNS; a flood of mails from us',
    source: 'RFC 4954, 6; RFC 7372, 3; RFC 7505, 4.2; Gmail: SMTP error reference (5.7.26, 5.7.28)',
  },
  {
    stages: AFTER_SENDER,
    replies: ['5yz'],
    enhanced: BARRED_BY_EXCHANGE,
    verdict: 'service-refused',
    meaning: 'our address, host or account is barred',
    source: 'Exchange Online: non-delivery reports (5.7.501-511, 5.7.606-649, 5.7.705-750)',
  },
  // Refused for good, and only the fate of other mails can tell whether it is this mail or us.
  {
    stages: AFTER_SENDER,
    replies: ['5yz'],
    enhanced: ['5.7.z'],
    verdict: 'policy-refused',
    meaning: 'security or policy: of the recipient, of the content, or of us',
    source: 'RFC 3463, 3.8 (X.7.z)',
  },
  {
    stages: AFTER_SENDER,
    replies: ['5yz'],
    enhanced: ['5.5.3'],
    verdict: 'deferred',
    meaning: 'too many recipients in a transaction, of which there is one',
    source: 'RFC 3463, 3.6 (X.5.3); RFC 5321, 4.5.3.1.10',
  },
  {
    stages: AFTER_SENDER,
    replies: ['5yz'],
    enhanced: ['5.5.z'],
    verdict: 'policy-refused',
    meaning: 'the server does not understand us',
    source: 'RFC 3463, 3.6 (X.5.z)',
  },
  {
    stages: AFTER_SENDER,
    replies: ['500', '502', '503', '504', '521', '555'],
    enhanced: ['none'],
    verdict: 'policy-refused',
    meaning: 'the server does not understand us, or takes no mail',
    source: 'RFC 5321, 4.2.2 and 4.1.1.11; RFC 7504, 3',
  },
  {
    stages: ['rcpt'],
    replies: ['554'],
    enhanced: ['none'],
    verdict: 'policy-refused',
    meaning: 'transaction failed, which says nothing of the address',
    source: 'RFC 5321, 4.2.2',
  },
  {
    stages: CONTENT,
    replies: ['550', '553', '554'],
    enhanced: ['none'],
    verdict: 'policy-refused',
    meaning: 'rejected: the content, or a sender that is not verified or whose account is suspended',
    source: 'Amazon SES: email sending errors (554 Message rejected); SendGrid: SMTP errors (550, Sender Identity)',
  },
  // Refused for good for now.
  {
    stages: AFTER_SENDER,
    replies: ['5yz'],
    enhanced: ['5.2.2', '5.2.121', '5.2.122', '5.3.1'],
    verdict: 'deferred',
    meaning: 'the mailbox or the system is full, or has had too much in this hour: it may be emptied',
    source: 'RFC 3463, 3.3 and 3.4 (X.2.2, X.3.1); Exchange Online: non-delivery reports (5.2.121, 5.2.122)',
  },
  // It is the mail, and the address is as good as before.
  {
    stages: AFTER_SENDER,
    replies: ['5yz'],
    enhanced: ['5.6.7', '5.6.9'],
    verdict: 'address-unsupported',
    meaning: 'on the way to this recipient, no address in another alphabet is carried',
    source: 'RFC 6531, 3.5 (X.6.7, X.6.9)',
  },
  {
    stages: AFTER_SENDER,
    replies: ['5yz'],
    enhanced: ['5.2.3', '5.3.z', '5.6.z'],
    verdict: 'mail-refused',
    meaning: 'too big, or of a kind that the system does not take',
    source: 'RFC 3463, 3.3, 3.4 and 3.7 (X.2.3, X.3.z, X.6.z)',
  },
  {
    stages: ['rcpt'],
    replies: ['552'],
    enhanced: ['any'],
    verdict: 'deferred',
    meaning: 'a full mailbox, or too many recipients',
    source: 'RFC 5321, 4.2.3 and 4.5.3.1.10',
  },
  // It is the address.
  {
    stages: CONTENT,
    replies: ['5yz'],
    enhanced: ['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10', '5.2.1'],
    verdict: 'recipient-refused',
    meaning:
      'no such mailbox or host, moved, takes no mail, closed: told after the message, whose one recipient is meant',
    source: 'RFC 3463, 3.2 and 3.3; RFC 7505, 4.2',
  },
  {
    stages: ['rcpt'],
    replies: ['5yz'],
    enhanced: ['any'],
    verdict: 'recipient-refused',
    meaning: 'no such mailbox, not local, mailbox name not allowed',
    source: 'RFC 5321, 3.3 and 4.2.2 (550, 551, 553)',
  },
  // Whatever else.
  {
    stages: CONTENT,
    replies: ['5yz'],
    enhanced: ['any'],
    verdict: 'mail-refused',
    meaning: 'this message is not taken',
    source: 'RFC 5321, 4.2.2',
  },
  {
    stages: EARLY_STAGES,
    replies: ['any'],
    enhanced: ['any'],
    verdict: 'unreachable',
    meaning: 'no reply of a mail server',
    source: 'RFC 5321, 4.2',
  },
  {
    stages: IN_MAIL,
    replies: ['any'],
    enhanced: ['any'],
    verdict: 'deferred',
    meaning: 'a reply that does not belong there',
    source: 'RFC 5321, 4.2 and 4.3.1',
  },
]
