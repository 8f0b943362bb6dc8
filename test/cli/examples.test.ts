import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { buildWholeProgram } from '../../src/cli/program.ts'

/** A command line as `--help` shows it. */
const EXAMPLE = /^ {2}\$ credit-reminders (.+)$/gm
/** A word of it, as a shell would cut it; and from where on the shell itself is spoken to. */
const WORD = /'[^']*'|"[^"]*"|\S+/g
const SHELLS_OWN = /^(?:[<>|]|&&)/

const program = await buildWholeProgram()

/** Every command below, by the words that lead to it. */
function commandsBelow(command: Command, path: readonly string[] = []): readonly (readonly [string, Command])[] {
  return command.commands.flatMap((each) => {
    const at = [...path, each.name()]
    return [[at.join(' '), each] as const, ...commandsBelow(each, at)]
  })
}

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({
    writeOut: (part) => {
      text += part
    },
  })
  command.outputHelp()
  return text
}

function wordsOf(line: string): readonly string[] {
  const words = line.match(WORD) ?? []
  const end = words.findIndex((word) => SHELLS_OWN.test(word))
  return words.slice(0, end === -1 ? undefined : end).map((word) => word.replace(/^(['"])(.*)\1$/, '$2'))
}

/** The command that the words lead to, once its definition has taken them; it does nothing. */
async function understood(words: readonly string[]): Promise<string> {
  const whole = await buildWholeProgram()
  whole.configureOutput({ writeErr: (text) => expect.fail(text) })
  let called = ''
  for (const [path, command] of commandsBelow(whole)) {
    command.exitOverride().action(() => {
      called = path
    })
  }
  await whole.parseAsync(words, { from: 'user' })
  return called
}

const everyCommand = [['credit-reminders', program] as const, ...commandsBelow(program)]

describe.each(everyCommand)('%s --help', (path, command) => {
  const lines = [...helpOf(command).matchAll(EXAMPLE)].map(([, line = '']) => line)

  test('ends with examples', () => {
    expect(lines.length).toBeGreaterThan(0)
  })

  test.each(lines)('and the program understands %s', async (line) => {
    const called = await understood(wordsOf(line))
    const own = command === program || called === path || called.startsWith(`${path} `)
    expect(own, `it calls ${called}`).toBe(true)
  })
})
