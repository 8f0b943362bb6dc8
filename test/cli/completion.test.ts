import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommanderError } from 'commander'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bashCompletion } from '../../src/cli/completion-bash.ts'
import { fishCompletion } from '../../src/cli/completion-fish.ts'
import { completedCommands } from '../../src/cli/completion-tree.ts'
import { zshCompletion } from '../../src/cli/completion-zsh.ts'
import { buildProgram, buildWholeProgram } from '../../src/cli/program.ts'
import { runCli } from '../support/cli.ts'
import { isThere } from '../support/is-there.ts'
import { openTerminal, type Terminal } from '../support/terminal.ts'

const commands = completedCommands(await buildWholeProgram())
const names = commands[0]?.commands.map(({ name }) => name) ?? []
const optionsOf = (...path: readonly string[]) =>
  commands.find((each) => each.path.join(' ') === path.join(' '))?.options.flatMap(({ flags }) => flags)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'completion-'))
  await mkdir(join(folder, 'files/sub folder'), { recursive: true })
  await writeFile(join(folder, 'files/my list.csv'), '')
  await writeFile(join(folder, 'bash'), bashCompletion(commands))
  await writeFile(join(folder, 'zsh'), zshCompletion(commands))
  await writeFile(join(folder, 'fish'), fishCompletion(commands))
})
afterAll(() => rm(folder, { recursive: true }))

test('completion prints the script, and nothing else', async () => {
  const { code, stdout, stderr } = await runCli(['completion', 'bash'])
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: bashCompletion(commands), stderr: '' })
})

test('for another shell it says which there are', async () => {
  const program = await buildProgram(['completion', 'tcsh'])
  let said = ''
  program.commands
    .find((command) => command.name() === 'completion')
    ?.configureOutput({
      writeErr: (text) => {
        said += text
      },
    })
  await expect(program.parseAsync(['completion', 'tcsh'], { from: 'user' })).rejects.toThrow(CommanderError)
  expect(said).toContain('bash, zsh, fish')
})

const shells = [
  {
    name: 'bash',
    shell: 'bash --norc --noprofile -i',
    // Readline's M-*: every completion that there is, put into the line.
    all: '\u001b*',
    // Whatever a person has set: words are cut by the script's own rules.
    prepare: ['bind "set enable-bracketed-paste off"', 'source "$script/bash"', 'IFS=,'],
  },
  {
    name: 'zsh',
    shell: 'zsh -f -i',
    // The same, as zsh's manual shows it for its completer _all_matches.
    all: '\u0018a',
    prepare: [
      'autoload -Uz compinit && compinit -u -D',
      'zle -C all-matches complete-word _generic',
      "zstyle ':completion:all-matches::::' completer _all_matches _complete",
      "zstyle ':completion:all-matches:*' insert true",
      "bindkey '^Xa' all-matches",
      'source "$script/zsh"',
    ],
  },
]

for (const { name, shell, all, prepare } of shells) {
  describe.skipIf(!isThere('script') || !isThere(name))(`In ${name} (skipped where there is none)`, () => {
    let terminal: Terminal
    beforeAll(async () => {
      terminal = await openTerminal({ shell, prepare: [`script='${folder}'`, ...prepare] })
    })
    afterAll(() => terminal[Symbol.asyncDispose]())
    const type = (line: string) => terminal.type(`credit-reminders ${line}`)

    test('every command is completed', async () => {
      expect((await type(all)).toSorted()).toEqual(names.toSorted())
      expect(await type('migr\t')).toEqual(['migrate'])
      expect(await type('suppress imp\t')).toEqual(['suppress', 'import'])
    })

    test("and its options, a command's own and no other's", async () => {
      expect((await type(`retry --${all}`)).slice(1).toSorted()).toEqual(
        optionsOf('retry')
          ?.filter((flag) => flag.startsWith('--'))
          .toSorted(),
      )
      expect(await type('suppress import --sk\t')).toEqual(['suppress', 'import', '--skip-bad'])
    })

    test('and what an option may be, also behind a sign and behind other options', async () => {
      expect(await type('send-test --to ana@example.com --kind cor\t')).toEqual([
        'send-test',
        '--to',
        'ana@example.com',
        '--kind',
        'correction',
      ])
      expect(await type('status --format=js\t')).toEqual(['status', '--format=json'])
    })

    test('the value of an option is not taken for a command or an argument', async () => {
      expect(await type('suppress add --note import --sc\t')).toEqual([
        'suppress',
        'add',
        '--note',
        'import',
        '--scope',
      ])
    })

    test('files where a file is wanted, folders where a folder is', async () => {
      expect(await type(`suppress import '${folder}/files/my\t`)).toEqual([
        'suppress',
        'import',
        `${folder}/files/my list.csv`,
      ])
      const [, , path] = await type(`templates --output ${folder}/files/\t`)
      expect(path?.replace(/\/$/, '')).toBe(`${folder}/files/sub folder`)
    })

    test('and nothing where only a person can know, as with ids', async () => {
      expect(await type(`explain ${all}`)).toEqual(['explain'])
      expect(await type(`explain cg_1 --as-of ${all}`)).toEqual(['explain', 'cg_1', '--as-of'])
    })
  })
}

describe.skipIf(!isThere('fish'))('In fish (skipped where there is none)', () => {
  const complete = (line: string) =>
    execFileSync('fish', ['--no-config', '-c', `source ${folder}/fish; complete -C'credit-reminders ${line}'`], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: folder },
      cwd: folder,
    })
      .split('\n')
      .flatMap((candidate) => candidate.split('\t')[0] || [])

  test('commands, options, their choices and files are completed, and ids are not', () => {
    expect(complete('').toSorted()).toEqual(names.toSorted())
    expect(complete('suppress import --sk')).toEqual(['--skip-bad'])
    expect(complete('status --format ')).toEqual(['json', 'text'])
    expect(complete('suppress add --note import --sc')).toEqual(['--scope'])
    expect(complete(`suppress import ${folder}/files/my`)).toEqual([`${folder}/files/my list.csv`])
    expect(complete(`templates --output ${folder}/files/`)).toEqual([`${folder}/files/sub folder/`])
    expect(complete('explain ')).toEqual([])
  })
})
