import { randomBytes } from 'node:crypto'
import { type Environment, NEEDED_TO_SEND, readEnvironment, type Variables } from './config/environment.ts'
import { rulesDocument } from './config/rules-document.ts'
import { defaultRules, readRules } from './config/rules-file.ts'
import type { Rules } from './domain/rules.ts'
import { UsageError } from './errors.ts'
import { keepHeapSmall } from './heap.ts'
import { type AttemptCounts, countingAttempts } from './jobs/attempt-counts.ts'
import { type Clock, databaseClock } from './jobs/clock.ts'
import type { Courier } from './jobs/deliver.ts'
import { Departures } from './jobs/departures.ts'
import { Gate } from './jobs/gate.ts'
import { Pace } from './jobs/pace.ts'
import { createSender, type SenderSetting } from './jobs/sender.ts'
import { startWorkers, type Workers } from './jobs/workers.ts'
import { createLogger, type Logger } from './logger.ts'
import { type MailboxSetting, mailboxSetting } from './mail/imap-options.ts'
import { messageIdFor } from './mail/message.ts'
import { createRenderer, type Renderer } from './mail/render.ts'
import type { ReturnPath } from './mail/return-path.ts'
import { SAMPLE_SENDER } from './mail/samples.ts'
import { createSmtpTransport, type SmtpTransport } from './mail/transport.ts'
import { templatesFolder } from './paths.ts'
import { requireBillingShape } from './store/billing-shape.ts'
import { type Database, openDatabase } from './store/database.ts'
import { requireMigrated } from './store/migrate.ts'
import { openQueue } from './store/queue.ts'
import { requireRights } from './store/rights.ts'

/** Released last in, first out, by whoever composed them. */
type Composed<T> = T & AsyncDisposable

/** What a command needs to read the ledger and nothing else: a database session that refuses to write. */
export async function openForLedger(variables: Variables = process.env): Promise<Composed<Readonly<{ db: Database }>>> {
  const { DATABASE_URL: url } = readEnvironment(variables, ['DATABASE_URL'])
  await requireMigrated({ url })
  const applicationName = 'credit-reminders reading'
  const db = await openDatabase({ url, applicationName, maxConnections: 2, readOnly: true })
  return { db, [Symbol.asyncDispose]: () => db.$disconnect() }
}

/**
 * What a command needs to say how things stand: the ledger, and the rules; or, where these cannot be read, the defaults
 * and what is wrong: that is no time to say nothing.
 */
export async function openForStatus(
  variables: Variables = process.env,
): Promise<Composed<Readonly<{ db: Database; rules: Rules; fault: string | null }>>> {
  const found = await rulesOrFault(readEnvironment(variables, ['DATABASE_URL']))
  return { ...(await openForLedger(variables)), ...found }
}

async function rulesOrFault(environment: Environment): Promise<Readonly<{ rules: Rules; fault: string | null }>> {
  try {
    return { rules: await rulesFor(environment), fault: null }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return { rules: defaultRules(), fault: error.lines[0] ?? error.message }
  }
}

/** The company's rules, and on a trial installation who alone may be written to. */
async function rulesFor(environment: Environment): Promise<Rules> {
  const rules = await readRules(environment.CREDIT_REMINDERS_CONFIG)
  return { ...rules, allowedRecipients: environment.ALLOWED_RECIPIENTS ?? null }
}

/** Rules, languages, and a session of the database. */
type Planning = Readonly<{ db: Database; rules: Rules; rulesDocument: object; locales: readonly string[] }>

/** What a reading command needs: rules, languages, and a database session that refuses to write. */
export function openForReading(variables: Variables = process.env): Promise<Composed<Planning>> {
  return openForPlanning(variables, openForLedger)
}

/** What a command needs to decide by the rules which mails are tried again, and to write it to the ledger. */
export function openForRetrying(variables: Variables = process.env): Promise<Composed<Planning>> {
  return openForPlanning(variables, openForDeciding)
}

async function openForPlanning(variables: Variables, openLedger: typeof openForLedger): Promise<Composed<Planning>> {
  keepHeapSmall()
  const environment = readEnvironment(variables, ['DATABASE_URL'])
  const rules = await rulesFor(environment)
  const { locales } = await createRenderer(templatesFolder)
  await using resources = new AsyncDisposableStack()
  const { db } = resources.use(await openLedger(variables))
  await requireBillingShape(db)
  const held = resources.move()
  return { db, rules, rulesDocument: rulesDocument(rules), locales, [Symbol.asyncDispose]: () => held.disposeAsync() }
}

/** What a command needs to write a person's decision to the ledger. */
export async function openForDeciding(
  variables: Variables = process.env,
): Promise<Composed<Readonly<{ db: Database }>>> {
  const { DATABASE_URL: url } = readEnvironment(variables, ['DATABASE_URL'])
  await requireMigrated({ url })
  const db = await openDatabase({ url, applicationName: 'credit-reminders deciding', maxConnections: 1 })
  return { db, [Symbol.asyncDispose]: () => db.$disconnect() }
}

/**
 * What a command needs to show mails without sending any. Placeholders stand in for settings that are missing; and the
 * links are signed with a key of the moment, so that a click on one in a preview takes nobody off the list. Also
 * shown is what ALLOWED_RECIPIENTS would withhold.
 */
export async function openForPreview(
  variables: Variables = process.env,
): Promise<Readonly<{ sender: SenderSetting; renderer: Renderer }>> {
  const environment = readEnvironment(variables)
  const rules = await readRules(environment.CREDIT_REMINDERS_CONFIG)
  const renderer = await createRenderer(templatesFolder)
  return { sender: senderOrSample({ ...environment, LINK_SECRET: undefined }, rules), renderer }
}

/** What a command needs to send one mail without a database. */
export async function openForTestMail(
  variables: Variables = process.env,
): Promise<Composed<Readonly<{ sender: SenderSetting; renderer: Renderer; transport: SmtpTransport }>>> {
  const environment = readEnvironment(variables, ['SMTP_URL', 'MAIL_FROM'])
  const rules = await rulesFor(environment)
  const renderer = await createRenderer(templatesFolder)
  const transport = createSmtpTransport({ url: environment.SMTP_URL, maxConnections: 1 })
  const sender = senderOrSample(environment, rules)
  return { sender, renderer, transport, [Symbol.asyncDispose]: async () => transport.close() }
}

type OfSender = 'MAIL_FROM' | 'PUBLIC_URL' | 'LINK_SECRET'

function senderFrom(environment: Environment<OfSender>, rules: Rules): SenderSetting {
  return {
    from: environment.MAIL_FROM,
    replyTo: environment.MAIL_REPLY_TO ?? null,
    postalAddress: environment.MAIL_POSTAL_ADDRESS ?? null,
    publicUrl: environment.PUBLIC_URL,
    linkSecret: environment.LINK_SECRET,
    returnPath: environment.MAIL_RETURN_PATH ?? null,
    rules,
  }
}

/** A sample stands in for a sender that is not set. */
function senderOrSample(environment: Environment, rules: Rules): SenderSetting {
  const { MAIL_FROM, MAIL_POSTAL_ADDRESS, PUBLIC_URL, LINK_SECRET } = environment
  const sample =
    MAIL_FROM === undefined
      ? { MAIL_FROM: SAMPLE_SENDER.from, MAIL_POSTAL_ADDRESS: MAIL_POSTAL_ADDRESS ?? SAMPLE_SENDER.postalAddress }
      : { MAIL_FROM }
  const links = {
    PUBLIC_URL: PUBLIC_URL ?? SAMPLE_SENDER.publicUrl,
    LINK_SECRET: LINK_SECRET ?? randomBytes(32).toString('base64url'),
  }
  return senderFrom({ ...environment, ...sample, ...links }, rules)
}

/** By what ways bounces and complaints come back; null: not by that one. */
export type BounceWays = Readonly<{
  returnPath: ReturnPath | null
  mailbox: MailboxSetting | null
  webhookSecret: string | null
}>

function bounceWays(environment: Environment<'LINK_SECRET'>): BounceWays {
  const { MAIL_RETURN_PATH: address, LINK_SECRET: secret, BOUNCE_IMAP_URL, BOUNCE_WEBHOOK_SECRET } = environment
  return {
    returnPath: address === undefined ? null : { address, secret },
    mailbox: BOUNCE_IMAP_URL === undefined ? null : mailboxSetting(BOUNCE_IMAP_URL),
    webhookSecret: BOUNCE_WEBHOOK_SECRET ?? null,
  }
}

/** What a command needs to read the mailbox that bounces come to. */
export async function openForBounces(
  variables: Variables = process.env,
): Promise<Composed<Readonly<{ db: Database; mailbox: MailboxSetting; returnPath: ReturnPath | null }>>> {
  const environment = readEnvironment(variables, ['DATABASE_URL', 'BOUNCE_IMAP_URL', 'LINK_SECRET'])
  const { DATABASE_URL: url, BOUNCE_IMAP_URL } = environment
  await requireMigrated({ url })
  const db = await openDatabase({ url, applicationName: 'credit-reminders bounces', maxConnections: 2 })
  const { returnPath } = bounceWays(environment)
  return { db, mailbox: mailboxSetting(BOUNCE_IMAP_URL), returnPath, [Symbol.asyncDispose]: () => db.$disconnect() }
}

export type Delivery = Readonly<{
  db: Database
  queue: Awaited<ReturnType<typeof openQueue>>
  rules: Rules
  rulesDocument: object
  locales: readonly string[]
  renderer: Renderer
  gate: Gate
  log: Logger
  sender: SenderSetting
  bounces: BounceWays
  clock: Clock
  http: Readonly<{ host: string; port: number }>
  grantsPerPart: number
  messageIdOf: (mailId: string) => string
  attemptCounts: () => AttemptCounts
  /** Where a dead man's switch listens; null where none does. */
  heartbeatUrl: string | null
  startWorkers: (asOf?: Date | null) => Promise<Workers>
}>

/** All that a sending command needs. */
export async function openForDelivery(name: string, variables: Variables = process.env): Promise<Composed<Delivery>> {
  keepHeapSmall()
  const environment = readEnvironment(variables, NEEDED_TO_SEND)
  const rules = await rulesFor(environment)
  const log = createLogger({ level: environment.LOG_LEVEL, format: environment.LOG_FORMAT })
  const renderer = await createRenderer(templatesFolder)
  const sender = senderFrom(environment, rules)

  await using resources = new AsyncDisposableStack()
  const url = environment.DATABASE_URL
  await requireMigrated({ url })
  const db = await openDatabase({ url, applicationName: `credit-reminders ${name}`, maxConnections: 8 })
  resources.defer(() => db.$disconnect())
  await requireBillingShape(db)
  await requireRights(db)
  const queue = await openQueue({ url, log })
  resources.defer(() => queue.stop({ graceful: false }))
  const transport = createSmtpTransport({
    url: environment.SMTP_URL,
    maxConnections: environment.SMTP_MAX_CONNECTIONS,
  })
  resources.defer(() => transport.close())
  const clock = await databaseClock(db)

  const gate = new Gate(() => performance.now())
  const pace = new Pace({ db, rates: rules, log })
  const departures = new Departures({ db, gate, pace, log, maxConnections: environment.SMTP_MAX_CONNECTIONS })
  const attempts = countingAttempts(createSender(sender, renderer, transport))
  const courier: Courier = {
    db,
    rules,
    locales: renderer.locales,
    gate,
    departures,
    log,
    random: Math.random,
    send: attempts.send,
  }
  const held = resources.move()
  return {
    db,
    queue,
    rules,
    rulesDocument: rulesDocument(rules),
    locales: renderer.locales,
    renderer,
    gate,
    log,
    sender,
    bounces: bounceWays(environment),
    clock,
    http: { host: environment.HTTP_HOST, port: environment.HTTP_PORT },
    grantsPerPart: environment.SWEEP_PART_GRANTS,
    messageIdOf: (mailId) => messageIdFor(mailId, sender.from.address),
    attemptCounts: attempts.counts,
    heartbeatUrl: environment.HEARTBEAT_URL ?? null,
    startWorkers: (asOf = null) => startWorkers({ queue, courier, clock, log }, asOf),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}
