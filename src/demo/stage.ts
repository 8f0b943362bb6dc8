import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HttpServer } from '../http/listen.ts'
import { startHttpServer } from '../http/server.ts'
import { createRenderer } from '../mail/render.ts'
import { readUnsubscribeToken } from '../mail/unsubscribe-token.ts'
import { templatesFolder } from '../paths.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { migrate, pendingMigrations } from '../store/migrate.ts'
import { optOut, undoOptOut } from '../store/opt-outs.ts'
import { type BillingRows, billingRows, COMPANY } from './company.ts'
import { CUSTOMERS } from './customers.ts'
import { type Mailbox, openMailbox } from './mailbox.ts'
import { startPostgres } from './postgres.ts'

/** A company with its database, its mail server and the pages behind its mails' links, all on this machine. */
export type Stage = AsyncDisposable &
  Readonly<{
    /** The program's settings for it. The caller's own environment has no part in them. */
    variables: Readonly<Record<'DATABASE_URL' | 'CREDIT_REMINDERS_CONFIG' | (string & {}), string>>
    mailbox: Mailbox
  }>

/** Tells of a step that is done. */
export type Tell = (line: string) => void

/** Sets the stage. Disposing of it ends all of it and leaves nothing behind; so does the end of this process. */
export async function setStage(tell: Tell, signal: AbortSignal): Promise<Stage> {
  await using resources = new AsyncDisposableStack()
  const server = await timed('PostgreSQL 18 started', tell, startPostgres)
  resources.defer(server.stop)
  signal.throwIfAborted()

  const databaseUrl = server.url('postgres')
  await timed('our tables and the starter billing tables created', tell, () =>
    migrate({ url: databaseUrl, withBilling: true }),
  )
  signal.throwIfAborted()

  const db = await openDatabase({ url: databaseUrl, applicationName: 'credit-reminders demo', maxConnections: 2 })
  resources.defer(() => db.$disconnect())
  const rows = billingRows(CUSTOMERS, new Date())
  await insertBilling(db, rows)
  const size = `${rows.accounts.length} accounts with ${rows.credit_grants.length} credit grants`
  tell(`${COMPANY.name} has ${size}, dated around today`)

  const mailbox = await openMailbox()
  resources.defer(mailbox.close)
  const linkSecret = randomBytes(32).toString('base64')
  const links = await serveLinks(db, { databaseUrl, linkSecret })
  resources.defer(links.close)
  const rulesFile = join(server.folder, 'credit-reminders.yaml')
  await writeFile(rulesFile, COMPANY.rules)

  const held = resources.move()
  return {
    variables: {
      DATABASE_URL: databaseUrl,
      CREDIT_REMINDERS_CONFIG: rulesFile,
      SMTP_URL: mailbox.smtpUrl,
      MAIL_FROM: COMPANY.mailFrom,
      MAIL_POSTAL_ADDRESS: COMPANY.postalAddress,
      PUBLIC_URL: links.url,
      LINK_SECRET: linkSecret,
      LOG_LEVEL: 'warn',
    },
    mailbox,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

const MS_PER_SECOND = 1000

async function timed<T>(what: string, tell: Tell, work: () => Promise<T>): Promise<T> {
  const startedMs = performance.now()
  const result = await work()
  tell(`${what} in ${((performance.now() - startedMs) / MS_PER_SECOND).toFixed(1)} s`)
  return result
}

/** Unlike the program, the demo writes to `billing`: it stands for the company. */
export async function insertBilling(db: Database, rows: BillingRows): Promise<void> {
  for (const [relation, ofRelation] of Object.entries(rows)) {
    await db.$executeRawUnsafe(
      `INSERT INTO billing.${relation} SELECT * FROM jsonb_populate_recordset(NULL::billing.${relation}, $1::jsonb)`,
      JSON.stringify(ofRelation),
    )
  }
}

/** The program's own pages, so that the links in the mails work. */
async function serveLinks(
  db: Database,
  { databaseUrl, linkSecret }: Readonly<{ databaseUrl: string; linkSecret: string }>,
): Promise<HttpServer> {
  const renderer = await createRenderer(templatesFolder)
  return startHttpServer({
    host: '127.0.0.1',
    port: 0,
    health: {
      obstacles: async () => {
        const pending = await pendingMigrations({ url: databaseUrl })
        return pending.map((name) => `migration ${name} is not applied`)
      },
    },
    unsubscribe: {
      read: (token) => readUnsubscribeToken(token, [linkSecret]),
      stop: (target, wish) => optOut(db, target, wish),
      undo: (target) => undoOptOut(db, target),
      stops: 'all',
      sender: COMPANY.name,
      locale: 'en',
      renderer,
      trustedProxies: 0,
    },
    bounces: null,
    metrics: null,
  })
}
