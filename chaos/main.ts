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
import { storm } from './storm.ts'
import { judge, type Verdict } from './verdict.ts'

// `npm run chaos -- --seed N [--rounds R] [--accounts A]`: see README.md beside this file.

const { values } = parseArgs({
  options: { seed: { type: 'string' }, rounds: { type: 'string' }, accounts: { type: 'string' } },
})
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e6))
const rounds = Number(values.rounds ?? 4)
const accounts = Number(values.accounts ?? 200)

const MS_PER_MINUTE = 60_000
/** What is deferred in one round is due again in the next. */
const ROUND_APART_MINUTES = 15
/** Retries grow up to six hours apart. */
const CALM_RUNS_MINUTES = [60, 8 * 60, 16 * 60, 24 * 60]

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

async function chaos(): Promise<Verdict> {
  await using resources = new AsyncDisposableStack()
  const dice = diceOf(seed)
  let isCalm = false
  const database = resources.use(await openChaosDatabase())
  const sink = resources.use(
    await startSmtpSink({ whim: whimsOf(dice, { isCalm: () => isCalm }), silenceMs: 500, delayMs: 5 }),
  )
  const folder = await mkdtemp(join(tmpdir(), 'chaos-'))
  resources.defer(() => rm(folder, { recursive: true }))
  const env = await environment(folder, { databaseUrl: database.url, smtpUrl: sink.url })
  await require0(runCli(['migrate', '--with-billing'], env))
  const people = await insertPeople(database.sql, dice, accounts)
  const begin = Date.now()
  const at = (minutes: number) => new Date(begin + minutes * MS_PER_MINUTE)
  const foreseen = await listed(env, at(0))
  say(`seed ${seed}: ${accounts} accounts, ${foreseen.size} people to be told, ${rounds} rounds`)

  const results: CliResult[] = []
  for (let number = 1; number <= rounds; number++) {
    const changing = live(database.sql, dice, people, { number, of: rounds })
    results.push(...(await storm({ dice, database, env, say }, { number, asOf: at(number * ROUND_APART_MINUTES) })))
    await changing
  }
  isCalm = true
  let asOf = at(rounds * ROUND_APART_MINUTES)
  for (const minutes of CALM_RUNS_MINUTES) {
    asOf = at(rounds * ROUND_APART_MINUTES + minutes)
    results.push(await runCli(['run', '--as-of', asOf.toISOString()], env))
    const [left] = await database.sql<{ mails: number }>(
      `SELECT count(*)::int AS mails FROM reminders.mails WHERE state IN ('queued', 'sending')`,
    )
    say(`calm, ${minutes} minutes later: ${left?.mails} mails are left`)
    if (left?.mails !== 0 && process.env.CHAOS_DEBUG) {
      console.log(
        await database.sql(
          `SELECT m.id, m.state, m.uncertain, m.attempts, m.next_attempt_at, m.batch_id, m.claimed_by, m.claimed_at, m.handed_over_at, m.category, m.to_address, j.state AS job, j.retry_count, j.started_on, j.heartbeat_on, j.start_after, j.data->>'asOf' AS as_of, j.output, now() FROM reminders.mails m LEFT JOIN pgboss.job j ON j.id = m.batch_id WHERE m.state IN ('queued','sending')`,
        ),
      )
      console.log(
        results.at(-1)?.stderr,
        results.at(-1)?.stdout,
        await database.sql(`SELECT state, name, count(*) FROM pgboss.job GROUP BY 1,2`),
      )
    }
    if (left?.mails === 0) break
  }
  return await judge({ database, env, asOf, people, foreseen, mailbox: sink.mails, results })
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
  const stdout = await require0(runCli(['dry-run', '--as-of', asOf.toISOString(), '--format', 'json'], env))
  const { emails } = JSON.parse(stdout) as { emails: readonly { to: string }[] }
  return new Set(emails.map(({ to }) => to))
}

async function require0(result: Promise<CliResult>): Promise<string> {
  const { code, stdout, stderr } = await result
  if (code !== 0) throw new Error(`it ended with ${code}: ${stderr}`)
  return stdout
}
