import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createRenderer } from '../../src/mail/render.ts'
import { SAMPLE_CONTENTS } from '../../src/mail/samples.ts'
import { templatesFolder } from '../../src/paths.ts'
import { runCli } from '../support/cli.ts'

test('templates copies what a company can begin with, which changes no mail, and writes over nothing', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'templates-'))
  try {
    const folder = join(parent, 'ours')
    const result = await runCli(['templates', '--output', folder])
    expect(result).toMatchObject({ code: 0, stderr: expect.stringMatching(/^keep what you change, .*\n$/) })
    expect(await readdir(folder)).toEqual([
      ...['locales', 'mail.ltr.html.liquid', 'mail.rtl.html.liquid', 'mail.txt.liquid', 'theme.json'],
    ])
    const [copied, ours] = await Promise.all([createRenderer(templatesFolder, folder), createRenderer(templatesFolder)])
    for (const content of SAMPLE_CONTENTS.flatMap((each) => [each, { ...each, locale: 'fa' }])) {
      expect(copied.render(content)).toEqual(ours.render(content))
    }
    expect(await runCli(['templates', '--output', folder])).toEqual({
      code: 2,
      stdout: '',
      stderr: `${join(folder, 'theme.json')} is there already: name a folder without it\n`,
    })
  } finally {
    await rm(parent, { recursive: true })
  }
})

test('templates says which option it needs', async () => {
  expect(await runCli(['templates'])).toMatchObject({ code: 2, stderr: expect.stringMatching(/--output/) })
})
