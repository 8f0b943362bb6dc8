import { type Environment, readEnvironment, type Variables } from './config/environment.ts'
import { rulesDocument } from './config/rules-document.ts'
import { defaultRules, readRules } from './config/rules-file.ts'
import type { Rules } from './domain/rules.ts'
import { UsageError } from './errors.ts'
import { keepHeapSmall } from './heap.ts'
import { createRenderer, type Renderer } from './mail/render.ts'
import { templatesFolder } from './paths.ts'
import { requireBillingShape } from './store/billing-shape.ts'
import { type Database, openDatabase } from './store/database.ts'
import { requireMigrated } from './store/migrate.ts'

/** Released last in, first out, by whoever composed them. */
export type Composed<T> = T & AsyncDisposable

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
export async function rulesFor(environment: Environment): Promise<Rules> {
  const rules = await readRules(environment.CREDIT_REMINDERS_CONFIG)
  return { ...rules, allowedRecipients: environment.ALLOWED_RECIPIENTS ?? null }
}

/** The mails' words and looks: the package's, and a company's own in the place of these. */
export function rendererFor({ TEMPLATES_DIR: ownFolder }: Environment): Promise<Renderer> {
  return createRenderer(templatesFolder, ownFolder ?? null)
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
  const { locales } = await rendererFor(environment)
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
