import { Hono } from 'hono'
import { html } from 'hono/html'
import { secureHeaders } from 'hono/secure-headers'
import type { Correspondent, ReceivedMail } from './mailbox.ts'
import { MAILBOX_STYLE } from './mailbox-style.ts'

/** The ways to look at a mail, each a page of its own below the mail's. */
const VIEWS = { '': 'Mail', '/text': 'Text', '/source': 'Source' } as const
type View = keyof typeof VIEWS

type Page = ReturnType<typeof html>

/** What the framed mail may do: open its links in a new tab, and nothing else. */
const FRAME_RIGHTS = ['allow-popups', 'allow-popups-to-escape-sandbox'] as const

/** A mail's frame and the page around it are of different kinds, which the browser is not to keep apart by origin. */
const COMMON = { referrerPolicy: 'no-referrer', originAgentCluster: false } as const

/**
 * The mails received, as a mailbox shows them: plain pages without a script. What is in a mail is others' text: it is
 * escaped, and its HTML is shown in a frame that may neither run, load nor send anything.
 */
export function mailboxPages(owner: string, mails: readonly ReceivedMail[]): Hono {
  const pages = new Hono()
  const mailOf = (number: string) => mails.find((mail) => String(mail.number) === number)
  const shut = { defaultSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"], imgSrc: ['data:'] }

  pages.get(
    '/mails/:number/body',
    secureHeaders({
      contentSecurityPolicy: {
        ...shut,
        styleSrc: ["'unsafe-inline'"],
        frameAncestors: ["'self'"],
        sandbox: [...FRAME_RIGHTS],
      },
      ...COMMON,
    }),
    (context) => {
      const mail = mailOf(context.req.param('number'))
      return mail === undefined ? context.notFound() : context.html(withLinksInNewTabs(mail.html))
    },
  )

  pages.use(
    secureHeaders({
      contentSecurityPolicy: { ...shut, styleSrc: ["'self'"], frameSrc: ["'self'"], frameAncestors: ["'none'"] },
      ...COMMON,
    }),
  )
  pages.get('/style.css', (context) => context.body(MAILBOX_STYLE, 200, { 'Content-Type': 'text/css; charset=utf-8' }))
  pages.get('/', (context) => context.html(listPage(owner, mails)))
  for (const view of Object.keys(VIEWS) as View[]) {
    pages.get(`/mails/:number${view}`, (context) => {
      const mail = mailOf(context.req.param('number'))
      return mail === undefined ? context.notFound() : context.html(mailPage(owner, mail, { view, of: mails.length }))
    })
  }
  pages.notFound((context) =>
    context.html(frame(owner, 'Nothing here', html`<p class="empty">There is no such mail.</p>`), 404),
  )
  return pages
}

function listPage(owner: string, mails: readonly ReceivedMail[]): Page {
  const rows = mails.toReversed().map(
    (mail) => html`
      <li>
        <a href="/mails/${mail.number}">
          <span class="to"><b><bdi>${mail.to.name || mail.to.address}</bdi></b> <bdi class="soft">${mail.to.address}</bdi></span>
          <span class="words"><b><bdi>${mail.subject}</bdi></b> <bdi class="soft">${mail.preview}</bdi></span>
          <span class="arrival">${timeOf(mail.receivedAt)} <bdi class="soft">${mail.from.name}</bdi></span>
        </a>
      </li>`,
  )
  return frame(
    owner,
    `${mails.length} mails`,
    html`<p class="hint">Every mail of this run, whoever it is for. None has left this machine.</p>
      <ol class="list">${rows}</ol>`,
  )
}

function mailPage(owner: string, mail: ReceivedMail, at: Readonly<{ view: View; of: number }>): Page {
  const { number, from, to, subject, receivedAt } = mail
  const tabs = Object.entries(VIEWS).map(
    ([view, label]) =>
      html`<a href="/mails/${number}${view}" ${view === at.view ? html`aria-current="page"` : ''}>${label}</a>`,
  )
  // The list has the newest first, so the next one down is the one that came before.
  const step = (label: string, target: number) =>
    target < 1 || target > at.of ? html`<span>${label}</span>` : html`<a href="/mails/${target}${at.view}">${label}</a>`
  return frame(
    owner,
    subject,
    html`<nav class="steps" aria-label="Mails"><a href="/">All mails</a>${step('Newer', number + 1)}${step('Older', number - 1)}</nav>
      <article>
        <h2><bdi>${subject}</bdi></h2>
        <dl>
          <div><dt>From</dt><dd>${named(from)}</dd></div>
          <div><dt>To</dt><dd>${named(to)}</dd></div>
          <div><dt>Received</dt><dd>${timeOf(receivedAt)}</dd></div>
        </dl>
        <nav class="tabs" aria-label="Ways to look at the mail">${tabs}</nav>
        ${contentOf(mail, at.view)}
      </article>`,
  )
}

function contentOf(mail: ReceivedMail, view: View): Page {
  if (view === '/text') return html`<pre dir="auto">${mail.text}</pre>`
  if (view === '/source') return html`<pre class="source">${mail.source}</pre>`
  return html`<iframe title="The mail" sandbox="${FRAME_RIGHTS.join(' ')}" src="/mails/${mail.number}/body"></iframe>`
}

function named({ name, address }: Correspondent): Page {
  return html`<bdi>${name}</bdi> <bdi class="soft">&lt;${address}&gt;</bdi>`
}

function timeOf(instant: Date): Page {
  const shown = instant.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
  return html`<time datetime="${instant.toISOString()}">${shown}</time>`
}

/** Within a sandbox a link could only replace the mail in its frame, by a page that refuses to be framed. */
function withLinksInNewTabs(mail: string): string {
  return mail.replace(/<head\b[^>]*>/i, (head) => `${head}<base target="_blank">`)
}

function frame(owner: string, title: string, content: Page): Page {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · ${owner}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <header><h1><a href="/">${owner}</a></h1><p>demo mailbox</p></header>
        <main>${content}</main>
      </body>
    </html>`
}
