import type { Dkim } from '../../config/dkim.ts'
import type { Variables } from '../../config/environment.ts'
import { domainOf } from '../../domain/address.ts'
import { type Moment, momentAt } from '../../domain/reach.ts'
import type { Rules } from '../../domain/rules.ts'
import type { AskTxt } from '../../mail/dns.ts'
import type { Database } from '../../store/database.ts'
import { databaseTrouble } from '../../store/database-fault.ts'
import { checkBilling } from './billing.ts'
import { checkBounces } from './bounces.ts'
import { checkClock, checkServer, openForChecks } from './database.ts'
import { checkDkim } from './dkim.ts'
import { checkDns } from './dns.ts'
import { type Check, type Finding, fault, notChecked } from './finding.ts'
import { showFirstRows } from './first-rows.ts'
import { checkIndexes } from './indexes.ts'
import { checkMigrations, checkQueue } from './ledger.ts'
import { checkMailServer } from './mail-server.ts'
import { checkOwnRights, checkReadingRights } from './rights.ts'
import { checkRulesMeaning } from './rules.ts'
import { checkEnvironment, checkRules, settingAlone, settingsAlone } from './settings.ts'
import { checkTemplates } from './templates.ts'

const ON_DATABASE: readonly Check[] = ['clock', 'migrations', 'queue', 'billing', 'rights', 'indexes', 'rows']

/**
 * Looks at everything that the program rests on, one thing after another, and goes on past every fault: what cannot be
 * looked at for want of something else is said to be so. It writes nothing, and sends nothing; DNS is asked about the
 * sender's domain only where there is somebody to ask.
 */
export async function* examine(
  setting: Readonly<{ variables: Variables; templatesFolder: string; hostClock: () => Date; askDns: AskTxt | null }>,
): AsyncGenerator<Finding> {
  const { variables, templatesFolder, hostClock, askDns } = setting
  yield* checkEnvironment(variables)
  const { findings, rules } = await checkRules(variables)
  yield* findings
  const { findings: ofTemplates, locales } = await checkTemplates(templatesFolder, ownTemplates(variables, rules))
  yield* ofTemplates
  if (rules !== null && locales !== null) yield* checkRulesMeaning(rules, locales)
  yield* examineDatabase(settingAlone(variables, 'DATABASE_URL'), rules, hostClock)
  const smtpUrl = settingAlone(variables, 'SMTP_URL')
  yield smtpUrl === null ? notChecked('mail-server', 'SMTP_URL is not set right') : await checkMailServer(smtpUrl)
  const { findings: ofKey, dkim } = await checkDkim(variables)
  yield* ofKey
  yield* await checkBounces(variables)
  if (askDns !== null) yield* examineDns(variables, dkim, askDns)
}

/** Where a company's own templates are, and the hosts that the mails link to by themselves. */
function ownTemplates(variables: Variables, rules: Rules | null) {
  const folder = settingsAlone(variables, ['TEMPLATES_DIR'], [])?.TEMPLATES_DIR ?? null
  const links = [rules?.billingUrl, settingsAlone(variables, ['PUBLIC_URL'], [])?.PUBLIC_URL]
  return { ownFolder: folder, hosts: links.flatMap((link) => URL.parse(link ?? '')?.host ?? []) }
}

async function* examineDns(variables: Variables, dkim: Dkim | null, askDns: AskTxt): AsyncGenerator<Finding> {
  const settings = settingsAlone(variables, ['MAIL_FROM', 'MAIL_RETURN_PATH'], ['MAIL_FROM'])
  if (settings === null) return yield notChecked('dns', 'MAIL_FROM or MAIL_RETURN_PATH is not set right')
  const { MAIL_FROM: sender, MAIL_RETURN_PATH: returnPath } = settings
  const from = domainOf(sender.address)
  yield* checkDns({ from, envelope: returnPath === undefined ? from : domainOf(returnPath), dkim }, askDns)
}

async function* examineDatabase(
  url: string | null,
  rules: Rules | null,
  hostClock: () => Date,
): AsyncGenerator<Finding> {
  if (url === null) {
    for (const check of ['database', ...ON_DATABASE] as const) yield notChecked(check, 'DATABASE_URL is not set right')
    return
  }
  const db = await openForChecks(url)
  if ('check' in db) {
    yield db
    for (const check of ON_DATABASE) yield notChecked(check, 'the database lets nobody in')
    return
  }
  try {
    const { finding, facts } = await checkServer(db)
    yield finding
    yield await checkClock(db, hostClock)
    yield await checkMigrations(url, db)
    yield await checkQueue(url)
    const billing = await checkBilling(db)
    yield* billing
    const reading = await checkReadingRights(db, facts)
    yield* reading
    yield* await checkOwnRights(db, facts, rules !== null && rules.retention !== null)
    const isUnfit = [...billing, ...reading].some(({ state }) => state === 'fault')
    if (rules === null) yield* notLookedInto('the rules, which say what is searched for, are at fault')
    else if (isUnfit) yield* notLookedInto(UNSEARCHABLE)
    else yield* lookInto(db, momentAt(rules, hostClock()))
  } catch (error) {
    const trouble = databaseTrouble(error)
    if (trouble === null) throw error
    yield fault('database', 'dependency', trouble.found, 'run doctor again: the checks not listed were not made')
  } finally {
    await db.$disconnect()
  }
}

const UNSEARCHABLE = 'billing cannot be searched as it is'

/** What is in `billing`, where it has its shape and may be read. */
async function* lookInto(db: Database, moment: Moment): AsyncGenerator<Finding> {
  const indexes = await checkIndexes(db, moment)
  yield* indexes
  const isUnfit = indexes.some(({ state }) => state === 'fault')
  yield isUnfit ? notChecked('rows', UNSEARCHABLE) : await showFirstRows(db, moment)
}

function notLookedInto(because: string): readonly Finding[] {
  return [notChecked('indexes', because), notChecked('rows', because)]
}
