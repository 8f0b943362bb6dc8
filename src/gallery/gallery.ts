import { Hono } from 'hono'
import { html } from 'hono/html'
import { secureHeaders } from 'hono/secure-headers'
import { streamSSE } from 'hono/streaming'
import { assetRoutes, hasAxe } from './assets.ts'
import { type Exhibition, type Exhibits, isBroken, mailAmong } from './exhibits.ts'
import { findingsOn } from './findings.ts'
import { COMMON_HEADERS, SHUT } from './headers.ts'
import { lookOf } from './look.ts'
import { mailPage, sheetPage } from './mail-page.ts'
import { mailRoutes } from './mail-routes.ts'
import { brokenPage, type Html, page } from './page.ts'

const OWN_HOSTS = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/

/** Nothing but the pages themselves: no script, style or frame of others. */
const PAGE_HEADERS = secureHeaders({
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
  ...COMMON_HEADERS,
})

/** The pages of the gallery: all mails in all languages, in light and dark, on a phone and on a desk. They fetch nothing. */
export function galleryPages(exhibits: Exhibits): Hono {
  const pages = new Hono()
  pages.use(async (context, next) => {
    // Another site's name that is made to point here must not read what is shown to this machine alone.
    if (!OWN_HOSTS.test(context.req.header('Host') ?? '')) return context.text('not by this name', 403)
    await next()
    context.header('Cache-Control', 'no-store')
  })
  pages.route('/mails', mailRoutes(exhibits))
  pages.use(PAGE_HEADERS)
  pages.route('/', assetRoutes())
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
  /** A page of what there is to show; or of what keeps it from being shown. */
  const showing = (path: string, write: (shown: Shown) => Html | null | Promise<Html | null>) =>
    pages.get(path, async (context) => {
      const [exhibition, edition] = [await exhibits.now(), exhibits.edition()]
      if (isBroken(exhibition)) return context.html(brokenPage(exhibition.faults, edition), 500)
      const written = await write({ exhibition, edition, look: lookOf(context.req.query(), exhibition) })
      return written === null ? context.notFound() : context.html(written)
    })
  showing('/', async ({ exhibition, edition, look }) => {
    const mail = await mailAmong(exhibition, look)
    if (mail === undefined) return null
    return mailPage({ look, mail, exhibition, findings: await findingsOn(mail), edition, hasAxe })
  })
  showing('/languages', sheetPage)
  // A grant that is there no more, a database that went away: the gallery stays.
  pages.onError((error, context) => context.html(brokenPage([error.message], exhibits.edition()), 500))
  pages.notFound((context) =>
    context.html(page({ title: 'There is no such page', edition: exhibits.edition() }, notFoundWords()), 404),
  )
  return pages
}

type Shown = Readonly<{ exhibition: Exhibition; edition: string; look: ReturnType<typeof lookOf> }>

function notFoundWords(): Html {
  return html`<header><h1>There is no such page</h1></header><main><p><a href="/">To the mails</a></p></main>`
}
