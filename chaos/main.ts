import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type CliResult, runCli } from '../test/support/cli.ts'
import { startSmtpSink } from '../test/support/smtp-sink.ts'
import { openChaosDatabase } from './database.ts'
import { diceOf } from './dice.ts'
import { whimsOf } from './mail-server.ts'
import { insertPeople, live } from './people.ts'
import { type Stage, storm } from './storm.ts'
import { judge, type Verdict } from './verdict.ts'

// `npm run chaos -- --seed N [--rounds R] [--accounts A]`: see README.md beside this file.

const values = readOptions()
const seed = wholeNumber('seed', Math.floor(Math.random() * 1e6))
const rounds = wholeNumber('rounds', 4)
const accounts = wholeNumber('accounts', 200)

const MS_PER_HOUR = 3_600_000
/** What is deferred in one round is due again in the next. */
const ROUND_APART_MS = MS_PER_HOUR / 4
/** Retries grow up to six hours apart, and a fifth more. */
const RETRIES_APART_HOURS = 8
const MOST_HOURS = 32

/** Of the limits, which hold a sweep for a person, none is reached. */
const RULES = { sendAt: 'anytime', schedule: '* * * * * *', maxGrowth: null, maxGoneShare: null }
const MOST_SHOWN = 30

const started = performance.now()
const say = (line: string) =>
  console.log(`[${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s] ${line}`)

const { differences, summary } = await chaos()
say(`seed ${seed}: ${summary}`)
for (const difference of differences.slice(0, MOST_SHOWN)) console.error(`  ${difference}`)
console.log(differences.length === 0 ? `seed ${seed}: kept` : `seed ${seed}: BROKEN, ${differences.length} differences`)
process.exit(differences.length === 0 ? 0 : 1)

function readOptions() {
  try {
    const options = { seed: { type: 'string' }, rounds: { type: 'string' }, accounts: { type: 'string' } } as const
    return parseArgs({ options }).values
  } catch (error) {
    console.error(`${(error as Error).message}; there are --seed N, --rounds N and --accounts N`)
    process.exit(2)
  }
}

function wholeNumber(name: keyof typeof values, fallback: number): number {
  const number = Number(values[name] ?? fallback)
  if (Number.isSafeInteger(number) && number >= 0) return number
  console.error(`--${name} ${values[name]} is no whole number`)
  process.exit(2)
}

async function chaos(): Promise<Verdict> {
  await using resources = new AsyncDisposableStack()
  const dice = diceOf(seed)
  const weather = { isCalm: false }
  const database = resources.use(await openChaosDatabase())
  const sink = resources.use(await startSmtpSink({ whim: whimsOf(dice, weather), silenceMs: 500, delayMs: 5 }))
  const folder = await mkdtemp(join(tmpdir(), 'chaos-'))
  resources.defer(() => rm(folder, { recursive: true }))
  const env = {
    ...(await environment(folder, { databaseUrl: database.url, smtpUrl: sink.url })),
    // A sweep in one piece, or one that the workers plan side by side.
    SWEEP_PART_GRANTS: dice.pick(['50000', '60'], 'parts'),
  }
  await outputOf(runCli(['migrate', '--with-billing'], env))
  const begin = Date.now()
  const roundTimes = Array.from({ length: rounds }, (_, index) => new Date(begin + (index + 1) * ROUND_APART_MS))
  const people = await insertPeople(database.sql, dice, { accounts, rounds: roundTimes })
  const foreseen = await listed(env, new Date(begin))
  say(`seed ${seed}: ${accounts} accounts, ${foreseen.size} people to be told, ${rounds} rounds`)

  const stage = { dice, database, env, say }
  const results: CliResult[] = []
  for (const [index, asOf] of roundTimes.entries()) {
    const number = index + 1
    const changing = live(database.sql, dice, people, { number, of: rounds })
    results.push(...(await storm(stage, { number, asOf })))
    await changing
  }
  weather.isCalm = true
  const end = await calm(stage, new Date(begin + rounds * ROUND_APART_MS))
  return await judge({ ...stage, ...end, results: [...results, ...end.results], people, foreseen, mailbox: sink.mails })
}

/** Runs until nothing is left, or retries have had all the time that they can take. */
async function calm(
  { database, env }: Stage,
  from: Date,
): Promise<Readonly<{ asOf: Date; results: readonly CliResult[] }>> {
  const results: CliResult[] = []
  for (let hours = 1; ; hours += RETRIES_APART_HOURS) {
    const asOf = new Date(from.getTime() + hours * MS_PER_HOUR)
    results.push(await runCli(['run', '--as-of', asOf.toISOString()], env))
    // What was in doubt twice waits for a person, who decides that a second copy is better than none.
    results.push(await runCli(['retry', '--reason', 'uncertain'], env))
    const [left] = await database.sql<{ mails: number }>(
      `SELECT count(*)::int AS mails FROM reminders.mails WHERE state IN ('queued', 'sending')`,
    )
    say(`calm, ${hours} h later: ${left?.mails} mails are left`)
    if (left?.mails === 0 || hours > MOST_HOURS) return { asOf, results }
  }
}

async function environment(folder: string, at: Readonly<{ databaseUrl: string; smtpUrl: string }>) {
  const file = join(folder, 'credit-reminders.yaml')
  await writeFile(file, JSON.stringify(RULES))
  return {
    DATABASE_URL: at.databaseUrl,
    SMTP_URL: at.smtpUrl,
    MAIL_FROM: 'Acme Billing <billing@acme.example>',
    PUBLIC_URL: 'https://reminders.acme.example',
    LINK_SECRET: 'a-link-secret-of-the-chaos',
    CREDIT_REMINDERS_CONFIG: file,
    CREDIT_REMINDERS_ALLOW_AS_OF: '1',
    HTTP_PORT: '0',
    LOG_LEVEL: 'error',
  }
}

async function listed(env: Readonly<Record<string, string>>, asOf: Date): Promise<ReadonlySet<string>> {
  const stdout = await outputOf(runCli(['dry-run', '--as-of', asOf.toISOString(), '--format', 'json'], env))
  const { emails } = JSON.parse(stdout) as { emails: readonly { to: string }[] }
  return new Set(emails.map(({ to }) => to))
}

async function outputOf(result: Promise<CliResult>): Promise<string> {
  const { code, stdout, stderr } = await result
  if (code !== 0) throw new Error(`it ended with ${code}: ${stderr}`)
  return stdout
}
