import type { Command } from 'commander'
import { EXIT, type ExitCode, UsageError } from '../errors.ts'
import { examine } from '../jobs/doctor/examine.ts'
import type { Finding } from '../jobs/doctor/finding.ts'
import { nextStep } from '../jobs/doctor/next-step.ts'
import { type AskTxt, dnsClient } from '../mail/dns.ts'
import { maskText } from '../mask.ts'
import { templatesFolder } from '../paths.ts'
import { ending } from './command.ts'
import { withExamples } from './examples.ts'
import { formatOption } from './format-option.ts'
import { print, printable, printJson, style } from './output.ts'

type Options = Readonly<{ format: 'text' | 'json'; dns?: true; dnsServer?: string }>

/** `doctor`: whether everything is in place for this program to do its work, and what to do where it is not. */
export function define(command: Command): void {
  command
    .addOption(formatOption(['text', 'json']))
    .option('--dns', "also ask DNS for the sender domain's SPF, DKIM and DMARC")
    .option('--dns-server <address>', 'whom to ask, as IP or IP:port, instead of whom this host asks')
    .action(ending(act))
  withExamples(command, [
    ['doctor', 'look at everything, and send nothing'],
    ['doctor --dns', "also at SPF, DKIM and DMARC of the sender's domain"],
    ['doctor --format json', 'the findings, for a program'],
  ])
}

async function act({ format, dns, dnsServer }: Options): Promise<ExitCode> {
  const findings: Finding[] = []
  const askDns = dns || dnsServer !== undefined ? askVia(dnsServer ?? null) : null
  for await (const raw of examine({ variables: process.env, templatesFolder, hostClock: () => new Date(), askDns })) {
    const finding = safe(raw)
    findings.push(finding)
    // Line by line: a mail server that does not answer takes its time.
    if (format === 'text') for (const line of linesOf(finding)) print(line)
  }
  if (format === 'json') printJson(documentOf(findings))
  else print(`\n${style('bold', 'next:')} ${nextStep(findings)}`)
  return exitCodeOf(findings)
}

function documentOf(findings: readonly Finding[]) {
  const entries = findings.map(({ blame: _, details = [], ...entry }) => ({ ...entry, details }))
  return { findings: entries, next: nextStep(findings) }
}

function askVia(server: string | null): AskTxt {
  try {
    return dnsClient(server)
  } catch {
    throw new UsageError('--dns-server is no IP address; write one such as 192.0.2.1 or 192.0.2.1:53')
  }
}

/**
 * What was found may be in the words of servers, drivers or rows: with an address, a password or a control character.
 * Faults of the environment never repeat a value; the addresses in them are examples.
 */
function safe(finding: Finding): Finding {
  const { check, found, details = [] } = finding
  return {
    ...finding,
    found: printable(check === 'environment' ? found : maskText(found)),
    details: details.map((line) => printable(maskText(line))),
  }
}

const MARKS = {
  ok: { word: 'ok', colour: 'green' },
  warning: { word: 'warning', colour: 'yellow' },
  fault: { word: 'fault', colour: 'red' },
  'not-checked': { word: '-', colour: 'dim' },
} as const
const MARK_WIDTH = 'warning'.length
const CHECK_WIDTH = 'mail-server'.length

const INDENT = ' '.repeat(MARK_WIDTH + 2 + CHECK_WIDTH + 2 + 2)

/** `fault    database     the database cannot be reached: …; start it, …`, and what there is to it beneath. */
function linesOf({ state, check, found, advice, details = [] }: Finding): readonly string[] {
  const { word, colour } = MARKS[state]
  const words = state === 'not-checked' ? `not checked: ${found}` : advice === null ? found : `${found}; ${advice}`
  return [
    `${style(colour, word.padEnd(MARK_WIDTH))}  ${check.padEnd(CHECK_WIDTH)}  ${words}`,
    ...details.map((line) => `${INDENT}${line}`),
  ]
}

/** A wrong setting is mended first: a dependency may only seem to be down because of it. */
function exitCodeOf(findings: readonly Finding[]): ExitCode {
  if (findings.some(({ blame }) => blame === 'setting')) return EXIT.usage
  return findings.some(({ blame }) => blame === 'dependency') ? EXIT.dependency : EXIT.done
}
