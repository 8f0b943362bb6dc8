import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DockerfileParser, type Instruction } from 'dockerfile-ast'
import { validate } from 'dockerfile-utils'
import { describe, expect, test } from 'vitest'
import { startHttpServer } from '../../src/http/server.ts'
import { packageFolder } from '../../src/paths.ts'
import { expectCommand, expectSettings, readDeploy } from '../support/deploy.ts'

const text = await readDeploy('Dockerfile')
const instructions = DockerfileParser.parse(text).getInstructions()
const all = (name: string) => instructions.filter((each) => each.getInstruction() === name)
const argumentsOf = (instruction: Instruction | undefined) => (instruction?.getArguments() ?? []).map(String)
/** The words of `["node", "-e", "…"]`. */
const execForm = (instruction: Instruction | undefined): readonly string[] =>
  JSON.parse(/\[.*\]/s.exec(instruction?.getArgumentsContent() ?? '')?.[0] ?? 'null')

const { files, bin } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8'))
const finalStage = all('FROM').at(-1)?.getRange()?.start.line ?? 0
const isInFinalStage = (each: Instruction) => (each.getRange()?.start.line ?? 0) > finalStage

describe('the image', () => {
  test('is described without a fault', () => {
    expect(validate(text)).toEqual([])
  })

  test('is built of what is there, and of no more than .dockerignore lets in', async () => {
    const ignore = (await readFile(join(packageFolder, '.dockerignore'), 'utf8')).split('\n')
    expect(ignore.filter((line) => line !== '' && !line.startsWith('#'))[0]).toBe('*')
    const letIn = ignore.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
    expect(await readdir(packageFolder)).toEqual(expect.arrayContaining(letIn))
    // Neither secrets nor what was built for another machine.
    for (const path of ['.env', '.git', 'node_modules', 'dist', 'test', 'deploy']) expect(letIn).not.toContain(path)
    const copied = all('COPY').filter((each) => !isInFinalStage(each))
    for (const path of copied.flatMap((each) => argumentsOf(each).slice(0, -1)).filter((path) => path !== '.'))
      expect(letIn).toContain(path)
  })

  test('holds what the package does, but for what is only read by people', () => {
    const copied = all('COPY')
      .filter(isInFinalStage)
      .flatMap((each) =>
        argumentsOf(each)
          .slice(0, -1)
          .map((path) => path.replace('/build/', '')),
      )
    const readByPeople = ['docs', 'deploy', 'CHANGELOG.md']
    const needed = files.filter((path: string) => !path.startsWith('!') && !readByPeople.includes(path))
    expect(copied.toSorted()).toEqual([...needed, 'package.json', 'node_modules'].toSorted())
  })

  test('runs the program, as nobody in particular, with settings that exist', () => {
    const [user = ''] = argumentsOf(all('USER').at(-1))
    expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/)
    expect(execForm(all('ENTRYPOINT')[0])).toEqual(['node', `/app/${bin['credit-reminders']}`])
    expectCommand(execForm(all('CMD').at(-1)))
    const settings = Object.fromEntries(
      all('ENV').flatMap((each) => argumentsOf(each).map((pair) => pair.split('=', 2) as [string, string])),
    )
    expectSettings({ ...settings, DATABASE_URL: 'postgresql://localhost/app' }, { sends: false })
    expect(argumentsOf(all('EXPOSE')[0])).toEqual([settings.HTTP_PORT])
  })
})

describe('its health check', () => {
  const [command = '', ...args] = execForm(all('HEALTHCHECK')[0])

  async function checkedAt(port: number): Promise<number | null> {
    const child = spawn(command === 'node' ? process.execPath : command, args, {
      env: { HTTP_PORT: String(port) },
    })
    const [code] = await once(child, 'exit')
    return code
  }

  test('passes while the service is well, and not where its sweeps have stopped, nor where nobody answers', async () => {
    let status: 'ok' | 'stale' = 'ok'
    const server = await startHttpServer({
      host: '127.0.0.1',
      port: 0,
      health: { obstacles: async () => [], pulse: () => ({ status, lastGoodSweep: null, expectedBy: null }) as never },
      metrics: null,
      unsubscribe: {} as never,
      bounces: null,
    })
    const port = Number(new URL(server.url).port)
    expect(await checkedAt(port)).toBe(0)
    status = 'stale'
    expect(await checkedAt(port)).toBe(1)
    await server.close()
    expect(await checkedAt(port)).toBe(1)
  })
})
