import { Hono } from 'hono'
import { html } from 'hono/html'
import { secureHeaders } from 'hono/secure-headers'

/** Whom a link speaks for. */
export type UnsubscribeTarget = Readonly<{ contactId: string; accountId: string }>

export type Unsubscribe = Readonly<{
  /** Whom a token speaks for; null where we did not sign it. */
  read: (token: string) => UnsubscribeTarget | null
  /** Keeps further reminders from the contact; may be called again and again. */
  record: (target: UnsubscribeTarget) => Promise<void>
}>

/**
 * The page behind the mails' unsubscribe link (RFC 8058). GET changes nothing, because link scanners follow links: it
 * shows a page with a button. POST, by the button or by a mail client's one click, stops the reminders; it needs no
 * cookie, answers 200 without a redirect, and may be repeated. Where the request cannot be kept, it answers 503, which
 * mail clients take as a reason to come again; whoever gave `record` knows why.
 */
export function unsubscribeRoutes({ read, record }: Unsubscribe): Hono {
  const routes = new Hono()
  routes.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'unsafe-inline'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
      referrerPolicy: 'no-referrer',
    }),
  )
  routes.onError((_error, context) => context.html(notKept(), 503))
  routes.get('/:token', (context) => {
    if (read(context.req.param('token')) === null) return context.html(unknownLink(), 404)
    return context.html(
      page(
        'Stop these reminders?',
        html`<p>You will get no more mail from us about credits that are about to expire or have expired.</p>
          <form method="post"><button type="submit">Stop the reminders</button></form>`,
      ),
    )
  })
  routes.post('/:token', async (context) => {
    const target = read(context.req.param('token'))
    if (target === null) return context.html(unknownLink(), 404)
    await record(target)
    return context.html(page('The reminders are stopped', html`<p>You can close this page.</p>`))
  })
  return routes
}

function unknownLink() {
  return page(
    'This link is not valid',
    html`<p>It may have been cut off on its way. Please open it from the mail itself, or reply to that mail.</p>`,
  )
}

function notKept() {
  return page(
    'Please try again in a moment',
    html`<p>Your wish could not be written down just now, so the reminders are not stopped yet.</p>`,
  )
}

function page(title: string, content: unknown) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        <style>
          :root {
            color-scheme: light dark;
          }
          body {
            font: 1rem/1.5 system-ui, sans-serif;
            max-width: 34rem;
            margin: 12vh auto;
            padding: 0 1.25rem;
          }
          button {
            font: inherit;
            min-height: 44px;
            padding: 0.6rem 1.2rem;
          }
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`
}
