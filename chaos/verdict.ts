import { type CliResult, runCli } from '../test/support/cli.ts'
import type { SinkMail } from '../test/support/smtp-sink.ts'
import type { ChaosDatabase } from './database.ts'
import type { Person } from './people.ts'

type LedgerMail = Readonly<{
  messageId: string
  to: string
  state: string
  /** How often it was in doubt: so many copies more may have arrived. */
  doubts: number
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
    `SELECT m.message_id AS "messageId", m.to_address AS "to", m.state,
            (SELECT count(*)::int FROM reminders.attempts a WHERE a.mail_id = m.id AND a.outcome = 'uncertain') AS doubts
       FROM reminders.mails m`,
  )
  const copies = Map.groupBy(mailbox, messageIdOf)
  const audit = await runCli(['audit'], env)
  const dryRun = await runCli(['dry-run', '--as-of', evidence.asOf.toISOString(), '--format', 'json'], env)
  const differences = [
    ...faultsOf(evidence.results),
    ...unfinished(ledger),
    ...untold(evidence),
    ...toldTwice(copies, ledger),
    ...unlike(copies, ledger),
    ...(audit.code === 0 ? [] : [`audit ends with ${audit.code}: ${audit.stdout}${audit.stderr}`]),
    ...stillDue(dryRun),
  ]
  const twice = [...copies.values()].filter(({ length }) => length > 1).length
  const inDoubt = ledger.filter(({ doubts }) => doubts > 0).length
  return {
    differences,
    summary: `${ledger.length} mails, ${mailbox.length} received; ${inDoubt} were in doubt, ${twice} of these came more than once`,
  }
}

/** A worker may be killed, and may end with what its contract says; it may not break, nor say an address aloud. */
function faultsOf(results: readonly CliResult[]): readonly string[] {
  return results
    .filter(({ code, stderr }) => code === 2 || /internal fault|^ {4}at |[^*\s"<]@example\.com/m.test(stderr))
    .map(({ code, stderr }) => `a worker ended with ${code}: ${stderr.slice(-1500)}`)
}

function unfinished(ledger: readonly LedgerMail[]): readonly string[] {
  return ledger
    .filter(({ state }) => state === 'queued' || state === 'sending' || state === 'held')
    .map(({ messageId, state }) => `${messageId} is still ${state}`)
}

/** Everybody who was due, and stayed due. */
function untold({ people, foreseen, mailbox }: Parameters<typeof judge>[0]): readonly string[] {
  const told = new Set(mailbox.map(recipientOf))
  return people
    .filter(({ fate, address }) => fate === 'steady' && foreseen.has(address) && !told.has(address))
    .map(({ address }) => `${address} was due all along and is not told`)
}

function toldTwice(copies: ReadonlyMap<string, readonly SinkMail[]>, ledger: readonly LedgerMail[]): readonly string[] {
  const doubts = new Map(ledger.map((mail) => [mail.messageId, mail.doubts]))
  return [...copies].flatMap(([messageId, { length }]) => {
    const most = 1 + (doubts.get(messageId) ?? 0)
    return length > most ? [`${messageId} was received ${length} times, and may have been ${most} times`] : []
  })
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
    return mail.state === 'sent' || mail.doubts > 0
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
