import { type Command, Option } from 'commander'
import { openForLedger } from '../compose-ledger.ts'
import { wordsOfDiscrepancy } from '../domain/audit.ts'
import { EXIT, type ExitCode } from '../errors.ts'
import { type Audit, type AuditFinding, auditLedger } from '../store/audit.ts'
import { parseInstant } from './as-of.ts'
import { ending } from './command.ts'
import { withExamples } from './examples.ts'
import { formatOption } from './format-option.ts'
import { print, printable, printJson, style } from './output.ts'

type Options = Readonly<{ format: 'text' | 'json'; since?: Date }>

/** `audit`: whether the ledger agrees with itself and with what is promised. */
export function define(command: Command): void {
  command
    .addOption(
      new Option('--since <time>', 'look at mails planned since then (ISO 8601 with a zone)').argParser(
        (text: string) => parseInstant(text, '--since'),
      ),
    )
    .addOption(formatOption(['text', 'json']))
    .action(ending(act))
  withExamples(command, [
    ['audit', 'check all of the ledger'],
    ['audit --since 2026-11-01T00:00:00Z', 'only what was planned since then'],
  ])
}

async function act({ format, since }: Options): Promise<ExitCode> {
  await using setting = await openForLedger()
  const audit = await auditLedger(setting.db, since ?? null)
  if (format === 'json') printJson(json(audit, since ?? null))
  else printText(audit)
  return audit.findings.length > 0 ? EXIT.needsPerson : EXIT.done
}

function json({ at, counts, findings, unlisted }: Audit, since: Date | null) {
  return {
    at: at.toISOString(),
    since: since?.toISOString() ?? null,
    looked: counts,
    findings: findings.map((finding) => {
      const { check, sweep, mail, grant, stage } = finding
      return { check, sweep, mail, grant, stage, found: wordsOf(finding) }
    }),
    unlisted,
  }
}

const CHECK_WIDTH = 'told-though-unsubscribed'.length

function printText({ counts, findings, unlisted }: Audit): void {
  for (const finding of findings) print(`${style('red', finding.check.padEnd(CHECK_WIDTH))}  ${wordsOf(finding)}`)
  for (const [check, more] of Object.entries(unlisted)) print(`${check.padEnd(CHECK_WIDTH)}  and ${more} more`)
  const { sweeps, mails, notices, attempts, uncertain } = counts
  const looked = `sweeps ${sweeps}, mails ${mails}, notices ${notices}, attempts ${attempts}`
  print(`${findings.length > 0 ? '' : 'nothing found; '}looked at: ${looked}; mails ever in doubt: ${uncertain}`)
}

/** Ids are the company's own, and may hold anything. */
function wordsOf(finding: AuditFinding): string {
  return printable(wordsOfDiscrepancy(finding.check, finding))
}
