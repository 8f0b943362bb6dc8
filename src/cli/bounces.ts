import type { Command } from 'commander'
import { openForBounces } from '../compose.ts'
import { EXIT, type ExitCode } from '../errors.ts'
import { type BouncesRead, readBounces } from '../jobs/bounces.ts'
import { ending } from './command.ts'
import { withExamples } from './examples.ts'
import { formatOption } from './format-option.ts'
import { print, printJson } from './output.ts'
import { onStopSignals } from './stop-signals.ts'

type Options = Readonly<{ format: 'text' | 'json' }>

/** `bounces`: reads the mailbox that bounces come to, as the service does every few minutes, and says what was in it. */
export function define(command: Command): void {
  command.addOption(formatOption(['text', 'json'])).action(ending(act))
  withExamples(command, [['bounces', 'read the mailbox once, and say what was in it']])
}

async function act({ format }: Options): Promise<ExitCode> {
  await using setting = await openForBounces()
  const stopping = new AbortController()
  using _signals = onStopSignals({ first: () => stopping.abort() })
  const read = await readBounces(setting, { after: null, signal: stopping.signal })
  if (format === 'json') printJson(json(read))
  else for (const line of textOf(read)) print(line)
  return EXIT.done
}

/** The document of `docs/json.md`. */
function json({ reports, unsubscribed, leftAlone }: BouncesRead) {
  const { failed, delayed, complaint: complaints, other, unknown, repeated, suppressed } = reports
  return { failed, delayed, complaints, other, unknown, repeated, suppressed, unsubscribed, leftAlone }
}

function textOf({ reports, unsubscribed, leftAlone }: BouncesRead): readonly string[] {
  const { failed, delayed, complaint, other, unknown, repeated, suppressed } = reports
  return [
    `new reports: failed ${failed}, delayed ${delayed}, complaints ${complaint}, other ${other}`,
    ...(unknown > 0 ? [`  of these about no mail of the ledger: ${unknown}`] : []),
    ...(repeated > 0 ? [`  taken in before: ${repeated}`] : []),
    `addresses suppressed: ${suppressed}`,
    `unsubscribed by mail: ${unsubscribed}`,
    `other unread mails, left as they are: ${leftAlone}`,
  ]
}
