import { randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { messageSource } from '../mail/source.ts'
import { hasAxe } from './assets.ts'
import { type Exhibits, isBroken, mailAmong } from './exhibits.ts'
import type { Finding } from './findings.ts'
import { framed } from './framed.ts'
import { COMMON_HEADERS, FRAME_RIGHTS, SHUT } from './headers.ts'
import { SCHEMES, type Scheme } from './look.ts'
import { spamScoreOf } from './spam-score.ts'

/** MAIL.md and SpamAssassin's own scale: what the program's mails stay below. */
const MAX_SPAM_SCORE = 0.1

/** The mails themselves: in frames, as sources, and as SpamAssassin sees them. */
export function mailRoutes(exhibits: Exhibits): Hono {
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
      ...COMMON_HEADERS,
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

function isScheme(text: string): text is Scheme {
  return (SCHEMES as readonly string[]).includes(text)
}
