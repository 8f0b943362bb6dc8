import { join } from 'node:path'
import { DCLinter } from 'dclint'
import { describe, expect, test } from 'vitest'
import { deployFolder, expectCommand, expectSettings, readDeploy, yamlOf } from '../support/deploy.ts'

/** What the linter finds in a file; its own types cannot be resolved under Node's rules. */
type Linted = Readonly<{ messages: readonly Readonly<{ line: number; message: string }>[] }>

type Service = Readonly<{
  image: string
  build?: object
  pull_policy?: string
  command?: readonly string[]
  environment?: Readonly<Record<string, string>>
  ports?: readonly string[]
  healthcheck?: Readonly<{ test?: readonly string[] }>
  depends_on?: Readonly<Record<string, unknown>>
}>

const [compose] = await yamlOf<Readonly<{ services: Readonly<Record<string, Service>> }>>('compose.yaml')
const services = Object.entries(compose?.services ?? {})
const secrets = [...(await readDeploy('env.example')).matchAll(/^(\w+)=$/gm)].map(([, name]) => name)

/** As compose fills in what the file with the secrets says. */
const filledIn = (value: string) => value.replace(/\$\{(\w+)[^}]*\}/g, 'a-secret-of-the-trial')

describe('the compose file', () => {
  test('is one, by the schema of the Compose Specification', () => {
    const linter = new DCLinter({
      // Its rules of order are for files that nobody reads from the top.
      rules: {
        'services-alphabetical-order': 0,
        'service-keys-order': 0,
        'service-dependencies-alphabetical-order': 0,
        'top-level-properties-order': 0,
        'require-quotes-in-ports': [2, { quoteType: 'double' }],
      },
      quiet: false,
      debug: false,
      exclude: [],
      disableAllRules: false,
      stopOnFirst: false,
    })
    const results: readonly Linted[] = linter.lintFiles([join(deployFolder, 'compose.yaml')], false)
    expect(results.flatMap(({ messages }) => messages.map(({ line, message }) => `${line}: ${message}`))).toEqual([])
  })

  test('asks for no secret that the example of its file does not name', async () => {
    const asked = [...(await readDeploy('compose.yaml')).matchAll(/\$\{(\w+)/g)].map(([, name]) => name)
    expect([...new Set(asked)].toSorted()).toEqual(secrets.toSorted())
  })

  test('starts commands that exist, with all the settings that they need', () => {
    const own = services.filter(([, { image }]) => image.startsWith('credit-reminders'))
    expect(own.map(([name]) => name)).toEqual(['migrate', 'reminders'])
    for (const [, { command = [], environment = {} }] of own) {
      expectCommand(command)
      const settings = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, filledIn(value)]))
      expectSettings(settings, { sends: true })
    }
  })

  test('publishes nothing but to this machine, and the port that the program listens on', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? [])
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
    expect(compose?.services.reminders?.ports).toEqual(['127.0.0.1:8080:8080'])
  })

  test('builds the image once, and asks no registry for it', () => {
    const own = services.filter(([, { image }]) => image.startsWith('credit-reminders')).map(([, service]) => service)
    expect(own.filter(({ build }) => build !== undefined)).toHaveLength(1)
    for (const { build, pull_policy } of own) if (build === undefined) expect(pull_policy).toBe('never')
  })

  test('takes the database for ready only where it is so for others', () => {
    // While the image of PostgreSQL makes a database, its server listens at a socket and nowhere else.
    expect(compose?.services.postgres?.healthcheck?.test).toContain('--host=127.0.0.1')
  })

  test('waits for nothing that it does not start', () => {
    const names = services.map(([name]) => name)
    for (const [, { depends_on = {} }] of services)
      expect(names).toEqual(expect.arrayContaining(Object.keys(depends_on)))
  })
})
