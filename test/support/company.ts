import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { insertCrowd } from './billing.ts'
import { type TestDatabase, testDatabase } from './database.ts'
import { type SinkOptions, type SmtpSink, startSmtpSink } from './smtp-sink.ts'

/** What no log may hold: each of these is in the environment of every test company. */
export const SECRETS = { link: 'a-link-secret-of-the-tests', smtpPassword: 'sm:tp/p@ss' } as const

/** A company as the program meets it: a billing database, a mail server, rules. */
export type Company = AsyncDisposable &
  Readonly<{
    database: TestDatabase
    sink: SmtpSink
    /** The environment in which it runs the program. */
    env: Readonly<Record<string, string>>
  }>

const MS_PER_DAY = 86_400_000

export type CompanyOptions = Readonly<{
  /** What its credit-reminders.yaml states beside `sendAt: anytime`. */
  rules?: object
  /** True: the database is not migrated. */
  bare?: boolean
  /** More for its mail server. */
  sink?: SinkOptions
}>

/** A company with an empty billing database. */
export async function foundCompany({ rules = {}, bare = false, sink: more }: CompanyOptions = {}): Promise<Company> {
  const resources = new AsyncDisposableStack()
  const database = resources.use(await testDatabase({ bare }))
  const sink = resources.use(await startSmtpSink({ auth: { user: 'app', pass: SECRETS.smtpPassword }, ...more }))
  const folder = await mkdtemp(join(tmpdir(), 'company-'))
  resources.defer(() => rm(folder, { recursive: true }))
  const file = join(folder, 'credit-reminders.yaml')
  // Every JSON text is a YAML text.
  await writeFile(file, JSON.stringify({ sendAt: 'anytime', ...rules }))
  return {
    database,
    sink,
    env: {
      DATABASE_URL: database.url,
      SMTP_URL: sink.url,
      MAIL_FROM: 'Acme Billing <billing@acme.example>',
      PUBLIC_URL: 'https://reminders.acme.example',
      LINK_SECRET: SECRETS.link,
      CREDIT_REMINDERS_CONFIG: file,
      CREDIT_REMINDERS_ALLOW_AS_OF: '1',
      HTTP_PORT: '0',
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

/** The business time of tests that choose one, and grants of which each brings one warning at that time. */
export const AS_OF = '2026-05-25T12:00:00Z'

/** Accounts with one contact and one grant each, that a sweep at `AS_OF` warns: `many1@example.com` and on. */
export async function insertWarnedCrowd({ database }: Company, count: number): Promise<void> {
  const [expiresFrom, expiresTo] = [new Date('2026-05-29T00:00:00Z'), new Date('2026-05-31T00:00:00Z')]
  await insertCrowd(database.sql, { count, expiresFrom, expiresTo })
}

/** Accounts with one grant each that expires in a few days: a sweep now warns them all. */
export async function insertDueCrowd({ database }: Company, count: number, prefix?: string): Promise<void> {
  const from = Date.now() + 3 * MS_PER_DAY
  await insertCrowd(database.sql, {
    count,
    expiresFrom: new Date(from),
    expiresTo: new Date(from + MS_PER_DAY),
    ...(prefix !== undefined && { prefix }),
  })
}

/** The addresses of such a crowd, without a prefix of its own. */
export function crowdAddresses(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `many${index + 1}@example.com`).toSorted()
}
