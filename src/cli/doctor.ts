import type { Command } from 'commander'
import { EXIT, type ExitCode } from '../errors.ts'
import { examine } from '../jobs/doctor/examine.ts'
import type { Finding } from '../jobs/doctor/finding.ts'
import { maskText } from '../mask.ts'
import { templatesFolder } from '../paths.ts'
import { ending } from './command.ts'
import { formatOption } from './format-option.ts'
import { print, printable, printJson, style } from './output.ts'

type Options = Readonly<{ format: 'text' | 'json' }>

/** `doctor`: whether everything is in place for this program to do its work, and what to do where it is not. */
export function define(command: Command): void {
  command.addOption(formatOption(['text', 'json'])).action(ending(act))
}

async function act({ format }: Options): Promise<ExitCode> {
  const findings: Finding[] = []
  for await (const raw of examine({ variables: process.env, templatesFolder, hostClock: () => new Date() })) {
    const finding = safe(raw)
    findings.push(finding)
    // Line by line: a mail server that does not answer takes its time.
    if (format === 'text') print(lineOf(finding))
  }
  if (format === 'json') printJson({ findings: findings.map(({ blame: _, ...entry }) => entry) })
  return exitCodeOf(findings)
}

/**
 * What was found may be in the words of servers, drivers or rows: with an address, a password or a control character.
 * Faults of the environment never repeat a value; the addresses in them are examples.
 */
function safe(finding: Finding): Finding {
  const { check, found } = finding
  return { ...finding, found: printable(check === 'environment' ? found : maskText(found)) }
}

const MARKS = {
  ok: { word: 'ok', colour: 'green' },
  warning: { word: 'warning', colour: 'yellow' },
  fault: { word: 'fault', colour: 'red' },
  'not-checked': { word: '-', colour: 'dim' },
} as const
const MARK_WIDTH = 'warning'.length
const CHECK_WIDTH = 'mail-server'.length

/** `fault    database     the database cannot be reached: …; start it, …` */
function lineOf({ state, check, found, advice }: Finding): string {
  const { word, colour } = MARKS[state]
  const words = state === 'not-checked' ? `not checked: ${found}` : advice === null ? found : `${found}; ${advice}`
  return `${style(colour, word.padEnd(MARK_WIDTH))}  ${check.padEnd(CHECK_WIDTH)}  ${words}`
}

/** A wrong setting is mended first: a dependency may only seem to be down because of it. */
function exitCodeOf(findings: readonly Finding[]): ExitCode {
  if (findings.some(({ blame }) => blame === 'setting')) return EXIT.usage
  return findings.some(({ blame }) => blame === 'dependency') ? EXIT.dependency : EXIT.done
}
