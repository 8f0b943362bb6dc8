import { type CliResult, runCli } from '../test/support/cli.ts'
import type { SinkMail } from '../test/support/smtp-sink.ts'
import type { ChaosDatabase } from './database.ts'
import type { Person } from './people.ts'

type LedgerMail = Readonly<{
  messageId: string
  to: string
  account: string
  state: string
  reason: string | null
  uncertain: boolean
}>

/** What came of it all, and what of it is wrong: a line each. */
export type Verdict = Readonly<{ differences: readonly string[]; summary: string }>

/** Everything that was promised, looked at from outside: the mailbox, the ledger, the audit, and what a dry run says. */
export async function judge(evidence: {
  database: ChaosDatabase
  env: Readonly<Record<string, string>>
  asOf: Date
  people: readonly Person[]
  /** Whom a dry run had listed before the storm. */
  foreseen: ReadonlySet<string>
  mailbox: readonly SinkMail[]
  results: readonly CliResult[]
}): Promise<Verdict> {
  const { database, env, mailbox } = evidence
  const ledger = await database.sql<LedgerMail>(
    `SELECT message_id AS "messageId", to_address AS "to", account_id AS account, state, reason, uncertain FROM reminders.mails`,
  )
  const copies = Map.groupBy(mailbox, messageIdOf)
  const audit = await runCli(['audit'], env)
  const dryRun = await runCli(['dry-run', '--as-of', evidence.asOf.toISOString(), '--format', 'json'], env)
  const differences = [
    ...faultsOf(evidence.results),
    ...unfinished(ledger),
    ...untold(evidence, ledger),
    ...toldTwice(copies, ledger),
    ...unlike(copies, ledger),
    ...(audit.code === 0 ? [] : [`audit ends with ${audit.code}: ${audit.stdout}${audit.stderr}`]),
    ...stillDue(dryRun),
  ]
  const twice = [...copies.values()].filter(({ length }) => length > 1).length
  const inDoubt = ledger.filter(({ uncertain }) => uncertain)
  const leftInDoubt = inDoubt.filter(({ state }) => state === 'failed').length
  return {
    differences,
    summary: `${ledger.length} mails, ${mailbox.length} received; in doubt ${inDoubt.length}, of these twice received ${twice}, left to a person ${leftInDoubt}`,
  }
}

/** A worker may be killed, and may end with what its contract says; it may not break. */
function faultsOf(results: readonly CliResult[]): readonly string[] {
  return results
    .filter(({ code, stderr }) => code === 2 || /internal fault|^ {4}at /m.test(stderr))
    .map(({ code, stderr }) => `a worker ended with ${code}: ${stderr.slice(-1500)}`)
}

function unfinished(ledger: readonly LedgerMail[]): readonly string[] {
  return ledger
    .filter(({ state }) => state === 'queued' || state === 'sending' || state === 'held')
    .map(({ messageId, state }) => `${messageId} is still ${state}`)
}

/** Everybody who was due, and stayed due: told, or known to have been in doubt twice and left to a person. */
function untold(
  { people, foreseen, mailbox }: Parameters<typeof judge>[0],
  ledger: readonly LedgerMail[],
): readonly string[] {
  const told = new Set(mailbox.map(recipientOf))
  const left = new Set(
    ledger.filter(({ state, reason }) => state === 'failed' && reason === 'uncertain').map(({ to }) => to),
  )
  return people
    .filter(
      ({ fate, address }) => fate === 'steady' && foreseen.has(address) && !told.has(address) && !left.has(address),
    )
    .map(({ address }) => `${address} was due all along and is not told`)
}

function toldTwice(copies: ReadonlyMap<string, readonly SinkMail[]>, ledger: readonly LedgerMail[]): readonly string[] {
  const doubtful = new Set(ledger.filter(({ uncertain }) => uncertain).map(({ messageId }) => messageId))
  return [...copies].flatMap(([messageId, { length }]) =>
    length > (doubtful.has(messageId) ? 2 : 1) ? [`${messageId} was received ${length} times`] : [],
  )
}

/** The ledger against the mailbox, both ways: what is sent was received, what was received is sent or in doubt, by whom it names. */
function unlike(copies: ReadonlyMap<string, readonly SinkMail[]>, ledger: readonly LedgerMail[]): readonly string[] {
  const known = new Map(ledger.map((mail) => [mail.messageId, mail]))
  const unreceived = ledger
    .filter(({ state, messageId }) => state === 'sent' && !copies.has(messageId))
    .map(({ messageId }) => `${messageId} is sent and was not received`)
  const unaccounted = [...copies].flatMap(([messageId, received]) => {
    const mail = known.get(messageId)
    if (mail === undefined) return [`${messageId} was received and is not in the ledger`]
    const strangers = received
      .filter((each) => recipientOf(each) !== mail.to)
      .map((each) => `${messageId} went to ${recipientOf(each)}, not to ${mail.to}`)
    return mail.state === 'sent' || mail.uncertain
      ? strangers
      : [...strangers, `${messageId} was received and is ${mail.state}`]
  })
  return [...unreceived, ...unaccounted]
}

function stillDue({ code, stdout, stderr }: CliResult): readonly string[] {
  if (code !== 0) return [`the dry run ends with ${code}: ${stderr}`]
  const { emails } = JSON.parse(stdout) as { emails: readonly { to: string }[] }
  return emails.map(({ to }) => `a dry run still lists ${to}`)
}

function messageIdOf({ raw }: SinkMail): string {
  return /^Message-ID: (.+)$/im.exec(raw.toString('latin1'))?.[1] ?? ''
}

function recipientOf({ envelope }: SinkMail): string {
  return envelope.to.join()
}
