import { html } from 'hono/html'
import type { PreviewedMail } from '../jobs/preview.ts'
import { MAIL_KINDS } from '../mail/content.ts'
import { directionOf } from '../mail/direction.ts'
import { messageSource } from '../mail/source.ts'
import type { Exhibition } from './exhibits.ts'
import type { Finding } from './findings.ts'
import { FRAME_RIGHTS } from './headers.ts'
import { addressOf, type Look, SCHEMES, WIDTHS_PX, type Width } from './look.ts'
import { choices, type Html, page } from './page.ts'

const MAIL_NAMES = {
  warning: 'Warning',
  last: 'Last warning',
  expired: 'Gone',
  correction: 'Good news',
} as const
const BYTES_PER_KB = 1024

type Shown = Readonly<{
  look: Look
  mail: PreviewedMail
  exhibition: Exhibition
  findings: readonly Finding[]
  edition: string
  /** Whether something is there that looks at it as people with other senses would. */
  hasAxe: boolean
}>

/** One mail, and beside it all that is to be known of it. */
export function mailPage(shown: Shown): Html {
  const { look, mail, exhibition, edition } = shown
  return page(
    {
      title: `${MAIL_NAMES[look.mail]} in ${languageName(look.language)}`,
      edition,
      spam: mailAddress(look, 'spam'),
    },
    html`<header><h1>${MAIL_NAMES[look.mail]} <span lang="${look.language}" dir="${directionOf(look.language)}"><bdi>${mail.message.subject}</bdi></span></h1></header>
${controls(look, exhibition, '/')}
<main class="mail">
  ${exhibition.remarks.map((remark) => html`<p class="remark">${remark}</p>`)}
  <div class="stage ${look.scheme}" dir="${directionOf(look.language)}" tabindex="0" role="group" aria-label="The mail, ${WIDTHS_PX[look.width]} pixels wide">${frame(look, 'The mail', '/checked')}</div>
  <div class="beside">${facts(shown)}</div>
</main>`,
  )
}

/** One mail in every language. */
export function sheetPage({ look, exhibition, edition }: Pick<Shown, 'look' | 'exhibition' | 'edition'>): Html {
  return page(
    { title: `${MAIL_NAMES[look.mail]} in every language`, edition },
    html`<header><h1>${MAIL_NAMES[look.mail]} in every language</h1></header>
${controls(look, exhibition, '/languages')}
<main class="sheet">${exhibition.languages.map((language) => {
      const each = { ...look, language }
      return html`<section class="${look.scheme}">
  <h2><a href="${addressOf(each)}">${languageName(language)}</a></h2>
  <div class="stage ${look.scheme}" dir="${directionOf(language)}" tabindex="0" role="group" aria-label="${languageName(language)}">${frame(each, `The mail in ${languageName(language)}`, '')}</div>
</section>`
    })}</main>`,
  )
}

function controls(look: Look, { languages }: Exhibition, path: string): Html {
  const change = (part: Partial<Look>) => addressOf({ ...look, ...part }, path)
  const isSheet = path !== '/'
  return html`<div class="controls">
  ${choices(
    'Mail',
    MAIL_KINDS.map((mail) => ({ words: MAIL_NAMES[mail], href: change({ mail }), isHere: mail === look.mail })),
  )}
  ${choices(
    'Surroundings',
    SCHEMES.map((scheme) => ({
      words: scheme === 'dark' ? 'Dark' : 'Light',
      href: change({ scheme }),
      isHere: scheme === look.scheme,
    })),
  )}
  ${choices(
    'Width',
    (Object.keys(WIDTHS_PX) as Width[]).map((width) => ({
      words: width === 'phone' ? 'Phone' : 'Desktop',
      href: change({ width }),
      isHere: width === look.width,
    })),
  )}
  <form action="/">
    <input type="hidden" name="mail" value="${look.mail}">
    <input type="hidden" name="scheme" value="${look.scheme}">
    <input type="hidden" name="width" value="${look.width}">
    <label>Language <select name="language">${languages.map(
      (language) =>
        html`<option value="${language}"${language === look.language ? html` selected` : ''}>${languageName(language)}</option>`,
    )}</select></label>
    <button>Show</button>
  </form>
  ${choices('Overview', [{ words: 'All languages', href: addressOf(look, '/languages'), isHere: isSheet }])}
</div>`
}

function frame(look: Look, title: string, variant: '' | '/checked'): Html {
  const width = WIDTHS_PX[look.width]
  return html`<iframe title="${title}" class="${look.width}" width="${width}" sandbox="${FRAME_RIGHTS.join(' ')}"${variant === '' ? html` loading="lazy"` : ''} src="${mailAddress(look, `${look.scheme}${variant}`)}"></iframe>`
}

/** Where a mail itself is served, in one form or another. */
function mailAddress({ mail, language }: Look, form: string): string {
  return `/mails/${language}/${mail}/${form}`
}

function facts({ look, mail: { message, preheader }, findings, hasAxe }: Shown): Html {
  const source = messageSource(message)
  const [headers = ''] = source.toString().split('\r\n\r\n', 1)
  const dir = directionOf(look.language)
  return html`<dl>
  <div><dt>Subject</dt><dd lang="${look.language}" dir="${dir}">${message.subject}</dd></div>
  <div><dt>Preheader</dt><dd lang="${look.language}" dir="${dir}">${preheader}</dd></div>
  <div><dt>Size</dt><dd>${kilobytes(source.length)} in all, ${kilobytes(Buffer.byteLength(message.html))} of HTML</dd></div>
</dl>
<p class="source"><a href="${mailAddress(look, 'source')}" download>Source (.eml)</a></p>
<h2>Findings</h2>
<ul id="findings">
  ${findings.map(({ state, words }) => item(state, words))}
  ${
    hasAxe
      ? item('waiting', 'accessibility: a script of this page looks', 'accessibility')
      : item('unknown', 'accessibility: axe-core is not installed (npm install axe-core)', 'accessibility')
  }
  <li id="spam" data-state="waiting"><b>…</b> <span>spam score: <a href="${mailAddress(look, 'spam')}">ask SpamAssassin</a></span></li>
</ul>
<h2>Headers</h2>
<pre tabindex="0">${headers.replaceAll('\r\n', '\n')}</pre>
<h2>Text</h2>
<pre tabindex="0" lang="${look.language}" dir="${dir}">${message.text}</pre>
${(message.calendars ?? []).map(
  ({ filename, content }) => html`<h2>${filename}</h2>
<pre tabindex="0">${content.replaceAll('\r\n', '\n')}</pre>`,
)}`
}

const MARKS = { ok: 'ok', look: 'look', note: 'note', unknown: '–', waiting: '…' } as const

function item(state: keyof typeof MARKS, words: string, id = ''): Html {
  return html`<li${id === '' ? '' : html` id="${id}"`} data-state="${state}"><b>${MARKS[state]}</b> <span>${words}</span></li>`
}

function kilobytes(bytes: number): string {
  return `${(bytes / BYTES_PER_KB).toFixed(1)} KB`
}

const names = new Intl.DisplayNames('en', { type: 'language', fallback: 'code' })

/** `Portuguese (Brazil) · pt-BR` */
function languageName(tag: string): string {
  return `${names.of(tag)} · ${tag}`
}
