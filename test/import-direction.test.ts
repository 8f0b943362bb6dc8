import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../src/paths.ts'

const FORBIDDEN = [
  ['src/domain', 'node:fs'],
  ['src/domain', 'pino'],
  ['src/domain', '../errors.ts'],
  ['src/domain', '../store/database.ts'],
  ['src/store', '../mail/transport.ts'],
  ['src/store', '../jobs/sweep.ts'],
  ['src/mail', '../store/database.ts'],
  ['src/jobs', '../cli/main.ts'],
  ['src/jobs', '../compose.ts'],
  ['src/jobs', '../compose-ledger.ts'],
  ['src/jobs', '../demo/stage.ts'],
  ['src/http', '../cli/main.ts'],
  ['src/config', '../jobs/sweep.ts'],
  ['src/demo', '../cli/output.ts'],
  ['src/jobs', '../gallery/gallery.ts'],
  ['src/gallery', '../store/database.ts'],
  ['src/gallery', '../cli/output.ts'],
  ['src/jobs', '../pages/shell.ts'],
  ['src/mail', '../pages/shell.ts'],
  ['src/pages', '../store/database.ts'],
  ['src/pages', '../cli/output.ts'],
] as const

const ALLOWED = [
  ['src/domain', './model.ts'],
  ['src/domain', 'date-fns'],
  ['src/domain', '@date-fns/tz'],
  ['src/store', '../domain/model.ts'],
  ['src/jobs', '../mail/transport.ts'],
  ['src/cli', '../compose.ts'],
  ['src/pages', '../jobs/dry-run.ts'],
] as const

type Case = readonly [folder: string, from: string]

const fileOf = ([folder, from]: Case) => `${folder}/${from.replace(/\W+/g, '-')}.ts`

describe('imports run one way', () => {
  let refused: ReadonlySet<string>

  beforeAll(async () => {
    // A tree of one-line files under the project's own rules, linted in one go.
    const tree = await mkdtemp(join(tmpdir(), 'imports-'))
    const { vcs: _, $schema: __, ...rules } = JSON.parse(await readFile(join(packageFolder, 'biome.json'), 'utf8'))
    await writeFile(join(tree, 'biome.json'), JSON.stringify(rules))
    for (const each of [...FORBIDDEN, ...ALLOWED]) {
      await mkdir(dirname(join(tree, fileOf(each))), { recursive: true })
      await writeFile(join(tree, fileOf(each)), `import { x } from '${each[1]}'\nexport const y = x\n`)
    }
    const biome = join(packageFolder, 'node_modules/.bin/biome')
    const { stdout } = spawnSync(biome, ['lint', '--reporter=github', '--max-diagnostics=none'], {
      cwd: tree,
      encoding: 'utf8',
    })
    const lines = stdout.split('\n').filter((line) => line.includes('noRestrictedImports'))
    refused = new Set(lines.map((line) => /,file=[^,]*(src\/[^,]+)/.exec(line)?.[1] ?? line))
    await rm(tree, { recursive: true })
  })
  afterAll(() => expect(refused.size).toBe(FORBIDDEN.length))

  it.each(FORBIDDEN)('%s may not import %s', (...each) => expect(refused).toContain(fileOf(each)))
  it.each(ALLOWED)('%s may import %s', (...each) => expect(refused).not.toContain(fileOf(each)))
})
