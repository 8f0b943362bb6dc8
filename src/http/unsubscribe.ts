import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import type { SuppressionScope } from '../domain/model.ts'
import type { Renderer, Words } from '../mail/render.ts'
import type { UnsubscribeTarget } from '../mail/unsubscribe-target.ts'
import type { OptOutStanding, Wish } from '../store/opt-outs.ts'
import { clientOf } from './client-address.ts'
import { createPageLimit } from './page-limit.ts'
import { languagesOf } from './reader-language.ts'
import { type Asked, askedUnread, readAsked } from './unsubscribe-form.ts'
import { askPage, donePage, plainPage, STYLE_SOURCE } from './unsubscribe-page.ts'

export type Unsubscribe = Readonly<{
  /** Whom a token speaks for; null where we did not make it. */
  read: (token: string) => UnsubscribeTarget | null
  /** Keeps away what a reader asked, and tells what holds now; may be called again and again. */
  stop: (target: UnsubscribeTarget, wish: Wish) => Promise<OptOutStanding>
  /** Takes back whatever the reader asked; may be called again and again. */
  undo: (target: UnsubscribeTarget) => Promise<void>
  /** What is kept away by one click, where the reader does not choose. */
  stops: SuppressionScope
  /** The name that readers know the sender by. */
  sender: string
  /** Written in where neither link nor browser says another language. */
  locale: string
  renderer: Pick<Renderer, 'locales' | 'wordsFor'>
  /** How many proxies of our own stand before us. */
  trustedProxies: number
}>

/** More than any form of ours or of a mail client has; of a longer one, nothing is read. */
const MAX_BODY_BYTES = 16 * 1024
const RETRY_AFTER_S = 60

/**
 * The page behind the mails' unsubscribe link (RFC 8058). GET changes nothing and reads nothing, because link scanners
 * follow links: it shows a form. POST, by the form or by a mail client's one click, writes the wish down; it needs no
 * cookie, answers 200 without a redirect, may be repeated, and answers alike whoever it is for. Where the request cannot
 * be kept, it answers 503, which mail clients take as a reason to come again; whoever gave `stop` knows why.
 */
export function unsubscribeRoutes(unsubscribe: Unsubscribe): Hono {
  const { read, stop, undo, stops, sender, trustedProxies } = unsubscribe
  const limit = createPageLimit()
  const words = (context: Context, target: UnsubscribeTarget | null = null) =>
    wordsFor(context, target?.locale ?? null, unsubscribe)
  const busy = (context: Context, seconds: number) =>
    context.html(plainPage(words(context), 'busy'), 429, { 'Retry-After': String(seconds) })
  const unknown = async (context: Context) => {
    const seconds = await limit.unknownLink(clientOf(context, trustedProxies))
    return seconds === null ? context.html(plainPage(words(context), 'unknown'), 404) : busy(context, seconds)
  }

  const routes = new Hono()
  routes.use(PAGE_HEADERS)
  routes.onError((_error, context) => {
    const target = read(context.req.param('token') ?? '')
    return context.html(plainPage(words(context, target), 'failed'), 503, { 'Retry-After': String(RETRY_AFTER_S) })
  })
  routes.get('/:token', async (context) => {
    const target = read(context.req.param('token'))
    if (target === null) return unknown(context)
    const seconds = await limit.page(clientOf(context, trustedProxies))
    if (seconds !== null) return busy(context, seconds)
    return context.html(askPage(words(context, target), { sender, stops, hasAddress: target.addressHash !== null }))
  })
  const answer = async (context: Context, asked: Asked) => {
    const target = read(context.req.param('token') ?? '')
    if (target === null) return unknown(context)
    if (asked.undo) {
      await undo(target)
      return context.html(plainPage(words(context, target), 'undone'))
    }
    const standing = await stop(target, asked.wish)
    return context.html(donePage(words(context, target), standing ?? asked.wish))
  }
  const limited = bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (context) => answer(context, askedUnread(stops)) })
  routes.post('/:token', limited, async (context) => answer(context, await readAsked(context.req, stops)))
  return routes
}

/** Nothing but the page itself: no script, no style but its own, nothing of others, and no word of where one came from. */
const PAGE_HEADERS = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: [STYLE_SOURCE],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
  },
  referrerPolicy: 'no-referrer',
  // Of the whole host, and of all below it: what only the proxy that speaks TLS for it can promise.
  strictTransportSecurity: false,
})

/** In the language of the mail; else in one that the browser asks for; else in the company's. */
function wordsFor(context: Context, ofMail: string | null, { renderer, locale }: Unsubscribe): Words {
  const [asked] = languagesOf(context.req.header('Accept-Language'), renderer.locales)
  return renderer.wordsFor(ofMail ?? asked ?? locale)
}
