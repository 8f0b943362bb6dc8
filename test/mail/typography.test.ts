import { describe, expect, test } from 'vitest'
import { createRenderer } from '../../src/mail/render.ts'
import { templatesFolder } from '../../src/paths.ts'
import { warning } from './contents.ts'

const renderer = await createRenderer(templatesFolder)
const viewOf = (sender: string, locale: string) =>
  renderer.view(warning({ locale, sender: { name: sender, postalAddress: null } }))

describe('a sentence that ends with a name', () => {
  test('has one full stop, where the name has one of its own', () => {
    expect(viewOf('Acme', 'en').why).toMatch(/ at Acme\.$/)
    expect(viewOf('Acme Inc.', 'en').why).toMatch(/ at Acme Inc\.$/)
    for (const locale of renderer.locales) expect(viewOf('Acme Inc.', locale).why).not.toMatch(/\.\u2069?\./)
  })

  test('leaves other marks of the name as they are', () => {
    expect(viewOf('Wait...', 'en').why).toContain(' at Wait...')
    expect(viewOf('Yahoo!', 'en').why).toMatch(/ at Yahoo!\.$/)
  })
})
