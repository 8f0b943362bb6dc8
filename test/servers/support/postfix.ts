import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { eventually } from '../../support/eventually.ts'
import { startDaemon, untilListening } from './daemon.ts'
import { type Door, mainFile, masterFile } from './postfix-files.ts'

const run = promisify(execFile)

export type Postfix = AsyncDisposable &
  Readonly<{
    /** All that it has logged so far. */
    log: () => Promise<string>
    /** Resolves when every mail that it has taken has been delivered or returned. */
    idle: () => Promise<void>
    /** Writes one of the tables that its settings name, and has it read anew. */
    setTable: (name: string, rows: Readonly<Record<string, string>>) => Promise<void>
  }>

export type PostfixSetting = Readonly<{
  folder: string
  /** Where it is spoken to, each with settings of its own. */
  doors: readonly Door[]
  settings: Readonly<Record<string, string>>
  /** Tables by name, for settings that say `texthash:${folder}/name`. */
  tables: Readonly<Record<string, Readonly<Record<string, string>>>>
}>

/** A Postfix of the tests' own: nothing of it lies outside of its folder, and no mail leaves this machine. */
export async function startPostfix({ folder, doors, settings, tables }: PostfixSetting): Promise<Postfix> {
  const at = (name: string) => join(folder, name)
  const config = at('config')
  for (const name of ['config', 'queue', 'data', 'mail']) await mkdir(at(name), { recursive: true })
  await run('chown', ['postfix', at('data'), at('mail')])
  const writeTable = async (name: string, rows: Readonly<Record<string, string>>) => {
    const lines = Object.entries(rows).map(([key, value]) => `${key} ${value}\n`)
    await writeFile(at(name), lines.join(''))
  }
  for (const [name, rows] of Object.entries(tables)) await writeTable(name, rows)
  const log = at('mail/postfix.log')
  await writeFile(join(config, 'main.cf'), mainFile({ folder, log, settings }))
  await writeFile(join(config, 'master.cf'), masterFile(doors))
  await chmod(config, 0o755)
  const postfix = ['postfix', '-c', config]
  await using starting = new AsyncDisposableStack()
  const daemon = await startDaemon({ start: [...postfix, 'start-fg'], stop: [...postfix, 'abort'] }, at('postfix.out'))
  starting.defer(daemon.stop)
  const ports = doors.map(({ port }) => port)
  await untilListening(daemon, ports, [at('postfix.out'), log])
  const running = starting.move()
  return {
    log: () => readFile(log, 'utf8'),
    idle: () =>
      eventually(async () => {
        // Its own list of the queue is read folder by folder: a bounce that enters while the mail it is about leaves is
        // in none of them. The log has both, in order.
        const unfinished = unfinishedIn(await readFile(log, 'utf8'))
        const { stdout } = await run('postqueue', ['-c', config, '-j'])
        if (unfinished.length > 0 || stdout !== '')
          throw new Error(`still in the queue: ${unfinished.join(' ')} ${stdout}`)
      }),
    setTable: async (name, rows) => {
      await writeTable(name, rows)
      await run('postfix', ['-c', config, 'reload'])
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** The queue ids of mails that were taken in and are not removed yet. */
function unfinishedIn(log: string): readonly string[] {
  const unfinished = new Set<string>()
  for (const line of log.split('\n')) {
    const [, program, id] = /postfix\/(cleanup|qmgr)\[\d+\]: (\w+): (?:message-id=|removed$)/.exec(line) ?? []
    if (id === undefined) continue
    if (program === 'cleanup') unfinished.add(id)
    else unfinished.delete(id)
  }
  return [...unfinished]
}
