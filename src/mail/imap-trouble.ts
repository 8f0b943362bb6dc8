import type { ImapFlowError } from 'imapflow'
import { DependencyError, withoutTlsNoise } from '../errors.ts'
import { isCertificateFault } from './certificate-fault.ts'
import type { MailboxSetting } from './imap-options.ts'
import { plainText } from './plain-text.ts'

/** What is wrong with the mailbox, and what to do about it. */
export type MailboxTrouble = Readonly<{ found: string; advice: string }>

const MAX_DETAIL_CHARACTERS = 300
/** The other side's bytes are no TLS. */
const NOT_TLS = /^(?:EPROTO|ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNSUPPORTED_PROTOCOL))$/

/** The first that fits speaks; what stands in `found` follows the server's name. */
const TROUBLES: readonly Readonly<{ is: (error: ImapFlowError) => boolean; found: string; advice: string }>[] = [
  {
    is: ({ authenticationFailed }) => authenticationFailed === true,
    found: 'refuses user and password',
    advice: 'correct them in BOUNCE_IMAP_URL, special characters percent-encoded',
  },
  {
    is: ({ code }) => /^(?:ENOTFOUND|EAI_AGAIN)$/.test(code ?? ''),
    found: 'cannot be found by its name',
    advice: 'correct the host in BOUNCE_IMAP_URL',
  },
  {
    is: ({ code }) => isCertificateFault(code),
    found: 'shows a certificate that cannot be trusted',
    advice: 'use the host name that the certificate is for; for an authority of your own, set NODE_EXTRA_CA_CERTS',
  },
  {
    is: ({ code }) => NOT_TLS.test(code ?? ''),
    found: 'speaks no TLS on this port',
    advice: 'where it begins with STARTTLS (143), write imap:// in BOUNCE_IMAP_URL',
  },
  {
    is: ({ tlsFailed }) => tlsFailed === true,
    found: 'offers no STARTTLS, and the password must not go in the clear',
    advice: 'write imaps:// in BOUNCE_IMAP_URL; or, on a network that you trust, add ?requireTLS=false',
  },
  {
    is: ({ code }) => code === 'GREETING_TIMEOUT',
    found: 'is silent',
    advice: 'where the port expects TLS at once (993), write imaps:// in BOUNCE_IMAP_URL',
  },
  {
    is: ({ mailboxMissing }) => mailboxMissing === true,
    found: 'has no such folder',
    advice: 'correct the folder in BOUNCE_IMAP_URL, or make it',
  },
  {
    is: ({ code, message }) => code === 'NotFound' || message === 'NO-MOVE-TO',
    found: 'has no folder of the name in moveTo',
    advice: 'make it, or correct moveTo in BOUNCE_IMAP_URL',
  },
  {
    is: ({ message }) => message === 'READ-ONLY',
    found: 'lets the folder only be read',
    advice: 'give the user of BOUNCE_IMAP_URL the right to mark mails in it as read',
  },
  {
    is: ({ responseStatus }) => responseStatus !== undefined,
    found: 'refuses what it is asked',
    advice: 'see what it says, and BOUNCE_IMAP_URL',
  },
]

const UNREACHABLE = {
  found: 'cannot be reached',
  advice: 'start it, or correct host and port in BOUNCE_IMAP_URL, or let a firewall through',
}

/** What went wrong with a mailbox, in one line without the password. */
export function mailboxFault(error: unknown, setting: MailboxSetting): DependencyError {
  const { found, advice } = mailboxTrouble(error, setting)
  return new DependencyError(`the bounce mailbox: ${found}; ${advice}`, { cause: error })
}

/** The two halves of that line. */
export function mailboxTrouble(error: unknown, { options }: MailboxSetting): MailboxTrouble {
  const trouble = TROUBLES.find(({ is }) => is(error as ImapFlowError)) ?? UNREACHABLE
  const detail = detailOf(error as ImapFlowError)
  const words = detail === '' ? '' : ` (${detail})`
  return { found: `${options.host}:${options.port} ${trouble.found}${words}`, advice: trouble.advice }
}

function detailOf({ message, responseText, code, name }: ImapFlowError): string {
  if (code === 'NotFound' || message === 'NO-MOVE-TO' || message === 'READ-ONLY') return ''
  const words = responseText ?? (message === 'Command failed' ? '' : message)
  return plainText(withoutTlsNoise(words || (code ?? name)), MAX_DETAIL_CHARACTERS)
}
