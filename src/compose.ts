import { type Composed, rendererFor, rulesFor } from './compose-ledger.ts'
import { branded, senderFrom, signerFrom } from './compose-mails.ts'
import { type Environment, NEEDED_TO_SEND, readEnvironment, type Variables } from './config/environment.ts'
import { rulesDocument } from './config/rules-document.ts'
import { createDeliveryTimes, type DeliveryTimes } from './delivery-times.ts'
import type { Rules } from './domain/rules.ts'
import { keepHeapSmall } from './heap.ts'
import { type AttemptCounts, countingAttempts } from './jobs/attempt-counts.ts'
import type { BounceSetting } from './jobs/bounces.ts'
import { type Clock, databaseClock } from './jobs/clock.ts'
import { createCopier } from './jobs/copying.ts'
import type { Courier } from './jobs/deliver.ts'
import { Departures } from './jobs/departures.ts'
import { Gate } from './jobs/gate.ts'
import { openHoldings } from './jobs/holdings.ts'
import { mailEvents } from './jobs/mail-events.ts'
import { Pace } from './jobs/pace.ts'
import { createSender, type SenderSetting } from './jobs/sender.ts'
import { timedRenderer, timedTransport } from './jobs/timed.ts'
import { startWorkers, type Workers } from './jobs/workers.ts'
import { createLogger, type Logger } from './logger.ts'
import { type MailboxSetting, mailboxSetting } from './mail/imap-options.ts'
import { messageIdFor } from './mail/message.ts'
import type { Renderer } from './mail/render.ts'
import type { ReturnPath } from './mail/return-path.ts'
import { createSmtpTransport } from './mail/transport.ts'
import { requireBillingShape } from './store/billing-shape.ts'
import { type Database, openDatabase } from './store/database.ts'
import { requireMigrated } from './store/migrate.ts'
import { openQueue } from './store/queue.ts'
import { requireRememberedNow } from './store/remembered.ts'
import { requireRights } from './store/rights.ts'

/** By what ways bounces and complaints come back; null: not by that one. */
export type BounceWays = Readonly<{
  returnPath: ReturnPath | null
  mailbox: MailboxSetting | null
  webhookSecret: string | null
}>

/** What links are signed with today, and what they were signed with before. */
function linkSecretsOf({ LINK_SECRET, LINK_SECRET_PREVIOUS }: Environment<'LINK_SECRET'>): readonly string[] {
  return [LINK_SECRET, ...LINK_SECRET_PREVIOUS]
}

function bounceWays(environment: Environment<'LINK_SECRET'>): BounceWays {
  const { MAIL_RETURN_PATH: address, BOUNCE_IMAP_URL, BOUNCE_WEBHOOK_SECRET } = environment
  const { LINK_SECRET: secret, LINK_SECRET_PREVIOUS: earlierSecrets } = environment
  return {
    returnPath: address === undefined ? null : { address, secret, earlierSecrets },
    mailbox: BOUNCE_IMAP_URL === undefined ? null : mailboxSetting(BOUNCE_IMAP_URL),
    webhookSecret: BOUNCE_WEBHOOK_SECRET ?? null,
  }
}

/** What a command needs to read the mailbox that bounces come to. */
export async function openForBounces(variables: Variables = process.env): Promise<Composed<BounceSetting>> {
  const environment = readEnvironment(variables, ['DATABASE_URL', 'BOUNCE_IMAP_URL', 'LINK_SECRET'])
  const { DATABASE_URL: url, BOUNCE_IMAP_URL } = environment
  const { unsubscribeStops } = await rulesFor(environment)
  await requireMigrated({ url })
  const db = await openDatabase({ url, applicationName: 'credit-reminders bounces', maxConnections: 2 })
  const { returnPath } = bounceWays(environment)
  const linkSecrets = linkSecretsOf(environment)
  const mailbox = mailboxSetting(BOUNCE_IMAP_URL)
  return { db, mailbox, returnPath, linkSecrets, unsubscribeStops, [Symbol.asyncDispose]: () => db.$disconnect() }
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
  /** The first of them signs the links in mails; those of all are read. */
  linkSecrets: readonly string[]
  bounces: BounceWays
  clock: Clock
  http: Readonly<{ host: string; port: number; trustedProxies: number }>
  grantsPerPart: number
  messageIdOf: (mailId: string) => string
  attemptCounts: () => AttemptCounts
  deliveryTimes: DeliveryTimes
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
  const renderer = await rendererFor(environment)
  const sender = senderFrom(branded(environment, renderer), rules)
  const sign = await signerFrom(environment)

  await using resources = new AsyncDisposableStack()
  const url = environment.DATABASE_URL
  await requireMigrated({ url })
  const db = await openDatabase({ url, applicationName: `credit-reminders ${name}`, maxConnections: 8 })
  resources.defer(() => db.$disconnect())
  await requireBillingShape(db)
  await requireRights(db, rules.retention !== null)
  await requireRememberedNow(db, rules)
  const queue = await openQueue({ url, log })
  resources.defer(() => queue.stop({ graceful: false }))
  const { SMTP_URL, SMTP_MAX_CONNECTIONS: maxConnections } = environment
  const transport = createSmtpTransport({ url: SMTP_URL, maxConnections }, sign)
  resources.defer(() => transport.close())
  const clock = await databaseClock(db)

  const gate = new Gate(() => performance.now())
  const pace = new Pace({ db, rates: rules, log })
  const departures = new Departures({ db, gate, pace, log, maxConnections })
  const times = createDeliveryTimes()
  const copier = createCopier({ db, log, sender, renderer, sign })
  const attempts = countingAttempts(
    createSender(sender, timedRenderer(renderer, times), { transport: timedTransport(transport, times), copier }),
  )
  const courier: Courier = {
    db,
    rules,
    locales: renderer.locales,
    readHoldings: await openHoldings({ db, log }, () => performance.now()),
    gate,
    departures,
    events: mailEvents({ log, isTold: name !== 'start', observeDelay: times.sendDelay }),
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
    linkSecrets: linkSecretsOf(environment),
    bounces: bounceWays(environment),
    clock,
    http: {
      host: environment.HTTP_HOST,
      port: environment.HTTP_PORT,
      trustedProxies: environment.HTTP_TRUST_PROXY,
    },
    grantsPerPart: environment.SWEEP_PART_GRANTS,
    messageIdOf: (mailId) => messageIdFor(mailId, sender.from.address),
    attemptCounts: attempts.counts,
    deliveryTimes: times,
    heartbeatUrl: environment.HEARTBEAT_URL ?? null,
    startWorkers: (asOf = null) => startWorkers({ queue, courier, clock, log }, asOf),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}
