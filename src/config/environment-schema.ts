import { z } from 'zod'
import { asciiDomain } from '../domain/address.ts'
import { parseAllowedRecipients } from '../domain/recipients.ts'
import { databaseUrlFaults, smtpUrlFaults, withExplicitTls } from './connection-urls.ts'
import { imapUrlFaults } from './imap-url.ts'
import { parseMailbox } from './mailbox.ts'
import { isSecureAddress } from './secure-address.ts'

const MIN_SECRET_CHARACTERS = 16
const MAX_CONNECTIONS = 100
const MAX_PART_GRANTS = 100_000_000
const MAX_PORT = 65_535
const MAX_PROXIES = 10
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** The fault of a value, without the value: it may be a secret. */
const text = (fault: string, isRight: (value: string) => boolean) => z.string().refine(isRight, { error: fault })

/** Every fault of a value, each without the value. */
const faultless = (faultsOf: (value: string) => readonly string[]) =>
  z.string().superRefine((value, context) => {
    for (const fault of faultsOf(value)) context.addIssue(fault)
  })

const mailbox = z.string().transform((value, context) => {
  const parsed = parseMailbox(value)
  if (parsed !== null) return parsed
  context.addIssue('is no mail address; write billing@example.com or Acme Billing <billing@example.com>')
  return z.NEVER
})

/** What follows it in the local part, a `+` and 43 digits, must fit into the 64 characters that RFC 5321, 4.5.3.1.1 allows. */
const MAX_RETURN_PATH_CHARACTERS = 20

const returnPath = z.string().transform((value, context) => {
  const parsed = parseMailbox(value)
  if (parsed === null || parsed.name !== null) context.addIssue('is no bare mail address; write bounces@example.com')
  else if (parsed.address.lastIndexOf('@') > MAX_RETURN_PATH_CHARACTERS)
    context.addIssue(
      `has more than ${MAX_RETURN_PATH_CHARACTERS} characters before the @; a token is added to them for each mail`,
    )
  else return parsed.address
  return z.NEVER
})

const domain = z.string().transform((value, context) => {
  const ascii = asciiDomain(value)
  if (ascii !== null) return ascii
  context.addIssue('is no domain, such as example.com')
  return z.NEVER
})

const secret = text(
  `is shorter than ${MIN_SECRET_CHARACTERS} characters; make one with: openssl rand -base64 48`,
  (value) => value.length >= MIN_SECRET_CHARACTERS,
)

const MAX_EARLIER_SECRETS = 10

/** Each as it was once set; which of them is at fault is told by its place. */
const earlierSecrets = z.string().transform((value, context) => {
  const secrets = value.split(',').map((each) => each.trim())
  const short = secrets.findIndex((each) => each.length < MIN_SECRET_CHARACTERS)
  if (short !== -1)
    context.addIssue(`has an entry (number ${short + 1}) of less than ${MIN_SECRET_CHARACTERS} characters`)
  else if (secrets.length > MAX_EARLIER_SECRETS) context.addIssue(`has more than ${MAX_EARLIER_SECRETS} entries`)
  else return secrets
  return z.NEVER
})

/** No word of the entries themselves: they are addresses. */
const allowedRecipients = z.string().transform((value, context) => {
  const parsed = parseAllowedRecipients(value)
  if (!('faultyEntries' in parsed)) return parsed
  const [first] = parsed.faultyEntries
  context.addIssue(
    `has an entry (number ${first}) that is neither an address such as qa@example.com nor a domain such as @example.org`,
  )
  return z.NEVER
})

const wholeNumber = (lowest: number, highest: number) =>
  text(
    `is not a whole number from ${lowest} to ${highest}`,
    (value) => /^\d{1,9}$/.test(value) && Number(value) >= lowest && Number(value) <= highest,
  ).transform(Number)

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `is not one of ${values.join(', ')}` })

/** Every setting that comes from the environment. Each is optional here; commands say which ones they need. */
export const environmentSchema = z.object({
  DATABASE_URL: faultless(databaseUrlFaults).transform(withExplicitTls).optional(),
  SMTP_URL: faultless(smtpUrlFaults).optional(),
  SMTP_MAX_CONNECTIONS: wholeNumber(1, MAX_CONNECTIONS).default(5),
  SWEEP_PART_GRANTS: wholeNumber(1, MAX_PART_GRANTS).default(100_000),
  MAIL_FROM: mailbox.optional(),
  MAIL_REPLY_TO: mailbox.optional(),
  MAIL_RETURN_PATH: returnPath.optional(),
  DKIM_PRIVATE_KEY: z.string().optional(),
  DKIM_PRIVATE_KEY_FILE: z.string().optional(),
  DKIM_SELECTOR: text('is not the name of a selector, such as s1 or 2026.mail', isSelector).optional(),
  DKIM_DOMAIN: domain.optional(),
  MAIL_POSTAL_ADDRESS: text('is not one line of at most 300 characters', (value) =>
    /^\P{Cc}{1,300}$/u.test(value),
  ).optional(),
  PUBLIC_URL: text(
    'is not an https:// address without query or credentials (http:// is for loopback only)',
    isPublicUrl,
  )
    .transform((value) => value.replace(/\/+$/, ''))
    .optional(),
  LINK_SECRET: secret.optional(),
  LINK_SECRET_PREVIOUS: earlierSecrets.default([]),
  BOUNCE_IMAP_URL: faultless(imapUrlFaults).optional(),
  BOUNCE_WEBHOOK_SECRET: secret.optional(),
  ALLOWED_RECIPIENTS: allowedRecipients.optional(),
  TEMPLATES_DIR: z.string().optional(),
  CREDIT_REMINDERS_CONFIG: z.string().optional(),
  CREDIT_REMINDERS_ALLOW_AS_OF: oneOf(['0', '1'])
    .transform((value) => value === '1')
    .default(false),
  HTTP_HOST: text('is not a host name or address', (value) => /^[\w.:-]{1,253}$/.test(value)).default('127.0.0.1'),
  HTTP_PORT: wholeNumber(0, MAX_PORT).default(8080),
  HTTP_TRUST_PROXY: wholeNumber(0, MAX_PROXIES).default(0),
  HEARTBEAT_URL: text(
    'is not an https:// address without user and password (http:// is for loopback only)',
    isSecureAddress,
  ).optional(),
  LOG_LEVEL: oneOf(LOG_LEVELS).default('info'),
  LOG_FORMAT: oneOf(['json', 'pretty']).optional(),
})

/** What a missing setting is for, and what one looks like: the end of the line that names it. */
export const MISSING_HINTS = {
  DATABASE_URL: 'the database to read and to keep the ledger in, e.g. postgresql://user:password@host/database',
  SMTP_URL: 'the mail server, e.g. smtps://user:password@smtp.example.com',
  MAIL_FROM: 'the sender, e.g. Acme Billing <billing@example.com>',
  PUBLIC_URL: 'where recipients reach this service, e.g. https://reminders.example.com',
  LINK_SECRET: `signs the links in mails, at least ${MIN_SECRET_CHARACTERS} characters; make one with: openssl rand -base64 48`,
  BOUNCE_IMAP_URL: 'the mailbox that bounces come to, e.g. imaps://user:password@imap.example.com/INBOX',
} as const

const MAX_SELECTOR_CHARACTERS = 100

/** RFC 6376, 3.1: labels of a host name, with dots between. */
function isSelector(value: string): boolean {
  return (
    value.length <= MAX_SELECTOR_CHARACTERS &&
    /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)*$/i.test(value)
  )
}

function isPublicUrl(value: string): boolean {
  const url = URL.parse(value)
  return url !== null && url.search === '' && url.hash === '' && isSecureAddress(value)
}
