import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { caniemail } from 'caniemail'
import { HtmlValidate, StaticConfigLoader } from 'html-validate'
import { describe, expect, test } from 'vitest'
import { MAIL_KINDS, type MailContent } from '../../src/mail/content.ts'
import { createRenderer } from '../../src/mail/render.ts'
import { SAMPLES } from '../../src/mail/samples.ts'
import { TRIAL_CONTENTS } from '../../src/mail/trials.ts'
import { packageFolder, templatesFolder } from '../../src/paths.ts'

const renderer = await createRenderer(templatesFolder)

const LOGO = { cid: 'logo@example.com', alt: 'Example Billing', width: 120, height: 40 }
const withLogo = (content: MailContent): MailContent => ({ ...content, sender: { ...content.sender, logo: LOGO } })
/** One language of each direction: the others have the same markup. */
const MAILS = ['en', 'ar'].flatMap((locale) =>
  [...MAIL_KINDS.map((kind) => SAMPLES[kind]), ...TRIAL_CONTENTS]
    .map((content) => ({ ...withLogo(content), locale }))
    .map((content) => renderer.render(content).html),
)

const OPENING = /<!--\[if ([^\]]*)\]>(<!-->)?/
const CLOSING = /(<!--)?<!\[endif\]-->/
const CONDITIONAL = new RegExp(`${OPENING.source}|${CLOSING.source}`, 'g')

/** A mail as Outlook for Windows takes it: what is meant for it alone is there, what is hidden from it is not. */
function asOutlookTakesIt(html: string): string {
  return html
    .replace(/<!--\[if !mso[^\]]*\]><!-->.*?<!--<!\[endif\]-->/gs, '')
    .replace(/<!--\[if [^\]]*\]>(.*?)<!\[endif\]-->/gs, '$1')
}

describe('the markup', () => {
  const validator = new HtmlValidate(
    new StaticConfigLoader({
      root: true,
      extends: ['html-validate:standard'],
      // Mail programs need what browsers have given up: `align`, `bgcolor`, `border`.
      rules: { 'no-deprecated-attr': 'off' },
    }),
  )
  const faultsOf = async (html: string) => {
    const { results } = await validator.validateString(html)
    return results.flatMap(({ messages }) =>
      messages.map(({ ruleId, message, line }) => `${line} ${ruleId}: ${message}`),
    )
  }

  test('is valid HTML', async () => {
    expect((await Promise.all(MAILS.map(faultsOf))).flat()).toEqual([])
  })

  test('is well nested as Outlook takes it, too', async () => {
    for (const html of MAILS) {
      const faults = await faultsOf(asOutlookTakesIt(html))
      expect(faults.filter((fault) => / (close-order|parser-error|no-implicit-close):/.test(fault))).toEqual([])
    }
  })

  test('opens and closes each of Outlook’s conditions, one after the other', () => {
    for (const html of MAILS) {
      const marks = [...html.matchAll(CONDITIONAL)]
      expect(marks.length).toBeGreaterThan(10)
      for (const [index, [mark, , shown]] of marks.entries()) {
        const before = marks[index - 1]
        if (index % 2 === 0) expect(mark).toMatch(new RegExp(`^${OPENING.source}$`))
        // What is hidden from Outlook alone is no comment to others, and ends like it began.
        else expect(mark).toBe(before?.[2] === undefined ? '<![endif]-->' : '<!--<![endif]-->')
        expect(shown === undefined || index % 2 === 0).toBe(true)
      }
      expect(marks.length % 2).toBe(0)
      expect(html.replace(CONDITIONAL, '')).not.toMatch(/\[if |endif/)
    }
  })

  test('brings all that it shows along: no style sheet, script, font or picture of elsewhere', () => {
    for (const html of MAILS) {
      expect(html).not.toMatch(
        /url\(|@import|@font-face|<script|<link|<iframe|<form|<object|<video|srcset|background="/i,
      )
      expect([...html.matchAll(/\ssrc="([^"]*)"/g)].map(([, source]) => source)).toEqual([`cid:${LOGO.cid}`])
    }
  })
})

/**
 * What a mail program leaves out of the mails, as caniemail.com has tried it. Nothing of it carries a fact: the look is
 * plainer there. Whoever adds to the list looks first at what the mail is without it.
 */
test('What mail programs leave out is what was looked at: the list does not grow', async () => {
  const known: unknown = JSON.parse(await readFile(join(packageFolder, 'test/mail/caniemail.json'), 'utf8'))
  const leftOut = new Map<string, Set<string>>()
  for (const html of [MAILS[4], MAILS.at(MAILS.length / 2 + 4)]) {
    const { issues } = caniemail({
      clients: ['gmail.desktop-webmail', 'gmail.ios', 'gmail.android', 'outlook.windows', 'apple-mail.*'],
      html: html ?? '',
    })
    for (const [client, faults] of issues.errors) {
      leftOut.set(client, new Set([...(leftOut.get(client) ?? []), ...faults.map(({ title }) => title)]))
    }
  }
  expect(Object.fromEntries([...leftOut].map(([client, titles]) => [client, [...titles].toSorted()]))).toEqual(known)
})
