import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Hono } from 'hono'
import { html } from 'hono/html'
import { secureHeaders } from 'hono/secure-headers'
import { streamSSE } from 'hono/streaming'
import { messageSource } from '../mail/source.ts'
import type { Broken, Exhibition, Exhibits } from './exhibits.ts'
import { type Finding, findingsOn } from './findings.ts'
import { framed } from './framed.ts'
import { isInstalled } from './installed.ts'
import { lookOf, SCHEMES, type Scheme } from './look.ts'
import { mailPage, sheetPage } from './mail-page.ts'
import { brokenPage, page } from './page.ts'
import { FRAME_SCRIPT, PAGE_SCRIPT } from './scripts.ts'
import { spamScoreOf } from './spam-score.ts'
import { GALLERY_STYLE } from './style.ts'

const FRAME_RIGHTS = ['allow-scripts', 'allow-popups', 'allow-popups-to-escape-sandbox'] as const
const SHUT = { defaultSrc: ["'none'"], baseUri: ["'none'"] }
/** A mail's frame and the page around it are of different kinds, which the browser is not to keep apart by origin. */
const COMMON = { referrerPolicy: 'no-referrer', originAgentCluster: false, crossOriginResourcePolicy: false } as const
const OWN_HOSTS = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/
/** MAIL.md and SpamAssassin's own scale: what the program's mails stay below. */
const MAX_SPAM_SCORE = 0.1
const AXE = 'axe-core/axe.min.js'

/** The pages of the gallery: all mails in all languages, in light and dark, on a phone and on a desk. They fetch nothing. */
export function galleryPages(exhibits: Exhibits): Hono {
  const pages = new Hono()
  const hasAxe = isInstalled(AXE)
  pages.use(async (context, next) => {
    // Another site's name that is made to point here must not read what is shown to this machine alone.
    if (!OWN_HOSTS.test(context.req.header('Host') ?? '')) return context.text('not by this name', 403)
    await next()
    context.header('Cache-Control', 'no-store')
  })
  pages.route('/mails', mailRoutes(exhibits, hasAxe))

  pages.use(
    secureHeaders({
      contentSecurityPolicy: {
        ...SHUT,
        styleSrc: ["'self'"],
        scriptSrc: ["'self'"],
        connectSrc: ["'self'"],
        frameSrc: ["'self'"],
        imgSrc: ['data:'],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
      ...COMMON,
    }),
  )
  const script = (source: string) => [source, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }] as const
  pages.get('/style.css', (context) => context.body(GALLERY_STYLE, 200, { 'Content-Type': 'text/css; charset=utf-8' }))
  pages.get('/page.js', (context) => context.body(...script(PAGE_SCRIPT)))
  pages.get('/frame.js', (context) => context.body(...script(FRAME_SCRIPT)))
  pages.get('/axe.js', async (context) => {
    if (!hasAxe) return context.notFound()
    return context.body(...script(await readFile(new URL(import.meta.resolve(AXE)), 'utf8')))
  })
  pages.get('/changes', (context) =>
    streamSSE(context, async (stream) => {
      const { promise: gone, resolve } = Promise.withResolvers<void>()
      stream.onAbort(resolve)
      const tell = () => stream.writeSSE({ event: 'edition', data: exhibits.edition() }).catch(resolve)
      using _listening = exhibits.onChange(tell)
      // What changed while the page was on its way.
      await tell()
      await gone
    }),
  )
  pages.get('/', async (context) => {
    const [exhibition, edition] = [await exhibits.now(), exhibits.edition()]
    if (isBroken(exhibition)) return context.html(brokenPage(exhibition.faults, edition), 500)
    const look = lookOf(context.req.query(), exhibition)
    const mail = await mailAmong(exhibition, look)
    if (mail === undefined) return context.notFound()
    const findings = await findingsOn(mail)
    return context.html(mailPage({ look, mail, exhibition, findings, edition, hasAxe }))
  })
  pages.get('/languages', async (context) => {
    const [exhibition, edition] = [await exhibits.now(), exhibits.edition()]
    if (isBroken(exhibition)) return context.html(brokenPage(exhibition.faults, edition), 500)
    return context.html(sheetPage({ look: lookOf(context.req.query(), exhibition), exhibition, edition }))
  })
  // A grant that is there no more, a database that went away: the gallery stays.
  pages.onError((error, context) => context.html(brokenPage([error.message], exhibits.edition()), 500))
  pages.notFound((context) =>
    context.html(page({ title: 'There is no such page', edition: exhibits.edition() }, notFoundWords()), 404),
  )
  return pages
}

/** The mails themselves: in frames, as sources, and as SpamAssassin sees them. */
function mailRoutes(exhibits: Exhibits, hasAxe: boolean): Hono {
  const routes = new Hono()
  const asked = async (params: Readonly<{ language: string; mail: string }>) => {
    const exhibition = await exhibits.now()
    if (isBroken(exhibition) || !exhibition.languages.includes(params.language)) return null
    const mail = await mailAmong(exhibition, params)
    return mail === undefined ? null : { exhibition, mail }
  }
  routes.get('/:language/:mail/source', async (context) => {
    const found = await asked(context.req.param())
    if (found === null) return context.notFound()
    const { language, mail } = context.req.param()
    return context.body(new Uint8Array(messageSource(found.mail.message)), 200, {
      'Content-Type': 'message/rfc822',
      'Content-Disposition': `attachment; filename="${mail}.${language}.eml"`,
    })
  })
  routes.get('/:language/:mail/spam', async (context) => {
    const found = await asked(context.req.param())
    return found === null ? context.notFound() : context.json(await spamFinding(messageSource(found.mail.message)))
  })
  routes.get('/:language/:mail/:scheme/:checked?', async (context) => {
    const { scheme, checked, ...which } = context.req.param()
    const found = await asked(which)
    if (found === null || !isScheme(scheme) || ![undefined, 'checked'].includes(checked)) return context.notFound()
    const nonce = randomBytes(16).toString('base64')
    const isChecked = checked !== undefined
    await secureHeaders({
      contentSecurityPolicy: {
        ...SHUT,
        styleSrc: ["'unsafe-inline'"],
        imgSrc: ['data:'],
        formAction: ["'none'"],
        frameAncestors: ["'self'"],
        sandbox: [...FRAME_RIGHTS],
        // The frame is of no origin, so that 'self' would be nothing.
        ...(isChecked && { scriptSrc: [`'nonce-${nonce}'`] }),
      },
      ...COMMON,
    })(context, async () => {})
    const scripts = isChecked ? { nonce, sources: [...(hasAxe ? ['/axe.js'] : []), '/frame.js'] } : null
    return context.html(framed(found.mail.message.html, { scheme, images: found.exhibition.images, scripts }))
  })
  return routes
}

async function spamFinding(source: Buffer): Promise<Finding> {
  try {
    const { score, rules } = await spamScoreOf(source)
    const words = `spam score: ${score} of SpamAssassin's local rules${rules.length === 0 ? '' : ` (${rules.join(', ')})`}`
    return { state: score <= MAX_SPAM_SCORE ? 'ok' : 'look', words }
  } catch (error) {
    return { state: 'unknown', words: `spam score: ${(error as Error).message}` }
  }
}

function isBroken(exhibition: Exhibition | Broken): exhibition is Broken {
  return 'faults' in exhibition
}

function isScheme(text: string): text is Scheme {
  return (SCHEMES as readonly string[]).includes(text)
}

async function mailAmong(exhibition: Exhibition, { language, mail }: Readonly<{ language: string; mail: string }>) {
  return (await exhibition.mailsIn(language)).find(({ kind }) => kind === mail)
}

function notFoundWords() {
  return html`<header><h1>There is no such page</h1></header><main><p><a href="/">To the mails</a></p></main>`
}
