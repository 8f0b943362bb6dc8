import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createRenderer } from '../../src/mail/render.ts'
import { packageFolder, templatesFolder } from '../../src/paths.ts'
import { goldensOf } from './reading.ts'

const folder = join(packageFolder, 'test/mail/golden')

describe('The mails read as they did when somebody last looked at them (`npm run goldens` writes them anew)', async () => {
  const goldens = goldensOf(await createRenderer(templatesFolder))

  test.each([...goldens])('%s', async (file, text) => {
    expect(text).toBe(await readFile(join(folder, file), 'utf8'))
  })

  test('and there are no others', async () => {
    expect((await readdir(folder)).toSorted()).toEqual([...goldens.keys()].toSorted())
  })
})
