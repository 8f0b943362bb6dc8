import type { Command } from 'commander'
import { openForStatus } from '../compose-ledger.ts'
import { standingAlarms } from '../domain/alarms.ts'
import { EXIT, type ExitCode } from '../errors.ts'
import { readSight } from '../jobs/sight.ts'
import { slotsOf } from '../jobs/slots.ts'
import { ending } from './command.ts'
import { withExamples } from './examples.ts'
import { formatOption } from './format-option.ts'
import { note, print, printJson } from './output.ts'
import { statusJson, statusText } from './status-text.ts'

/** `status`: how the ledger stands, in one screen; ends with 1 where an alarm stands. */
export function define(command: Command): void {
  command.addOption(formatOption(['text', 'json'])).action(ending(act))
  withExamples(command, [
    ['status', 'how things stand, in one screen'],
    ['status --format json', 'for a program; it ends with 1 where something needs a person'],
  ])
}

async function act({ format }: Readonly<{ format: 'text' | 'json' }>): Promise<ExitCode> {
  await using setting = await openForStatus()
  const { rules, fault } = setting
  if (fault !== null) note(`the rules cannot be read (${fault}): alarms go by the defaults, and no slot is known`)
  const nextSlot = fault === null ? slotsOf(rules.schedule) : () => null
  // Of a service that never swept nobody knows since when it should have.
  const { ledger, situation } = await readSight(setting.db, { rules, nextSlot, serviceStartedAt: (now) => now })
  const alarms = standingAlarms(situation, rules.alarms)
  const shown = { ledger, alarms, nextSlot: nextSlot(ledger.now) }
  if (format === 'json') printJson(statusJson(shown))
  else print(statusText(shown))
  return alarms.length > 0 ? EXIT.needsPerson : EXIT.done
}
