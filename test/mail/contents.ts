import { NO_OUTLOOK } from '../../src/domain/outlook.ts'
import type { MailContent, MailLine } from '../../src/mail/content.ts'
import { SAMPLES } from '../../src/mail/samples.ts'
import { at } from '../domain/builders.ts'

const EXPIRES_AT = at('2026-06-01T12:00:00Z')

const LINE: MailLine = {
  grantId: 'cg_1',
  name: 'Prepaid credits',
  kind: 'purchased',
  unit: 'USD',
  amount: '18.00',
  grantedAt: at('2025-06-01T12:00:00Z'),
  expiresAt: EXPIRES_AT,
}

/** A warning of one line, but for what is given. */
export function warning(content: Partial<MailContent> = {}): MailContent {
  return { ...SAMPLES.warning, outlook: NO_OUTLOOK, lines: [LINE], ...content }
}

/** A "gone" mail of one line, but for what is given. */
export function gone(content: Partial<MailContent> = {}): MailContent {
  return { ...SAMPLES.expired, outlook: NO_OUTLOOK, lines: [LINE], ...content }
}

/** Lines that expire a day after each other. */
export function linesOf(count: number, line: Partial<MailLine> = {}): readonly MailLine[] {
  return Array.from({ length: count }, (_, index) => ({
    ...LINE,
    grantId: `cg_${index}`,
    expiresAt: new Date(EXPIRES_AT.getTime() + index * 86_400_000),
    ...line,
  }))
}

/** Names as customers, and their enemies, write them into forms. */
export const HOSTILE_NAMES = {
  markup: '<script>alert(1)</script><img src=x onerror=alert(1)>',
  'an attribute’s end': '" onmouseover="alert(1)" x="',
  'a closing tag': '</td></tr></table><h1>You won</h1>',
  'a comment': '<!-- [if mso]> --> &lt;b&gt; &amp;',
  'a right-to-left override': 'invoice\u202egnp.exe\u2066',
  'Arabic and Latin': 'شركة النجوم Stars Ltd. (٢٠٢٦)',
  emoji: '👩‍👩‍👧‍👦🏳️‍🌈 Kids & Co. 🎈',
  '200 characters in one word': 'W'.repeat(200),
  '200 characters of emoji': '👩‍👩‍👧‍👦'.repeat(20),
  '200 characters in words': 'A very long name indeed, '.repeat(8),
  'combining marks without end': `Z${'\u0301'.repeat(199)}`,
  'a line break': 'Acme\r\nBcc: eve@example.com\r\n\r\nhello\u2028there',
  'a NUL and an escape': 'Ac\0me\x1b[31m',
  'Liquid syntax': '{{ unsubscribeUrl }}{% if x %}',
  'ICU syntax': "{account} {count, plural, other {#}} '{' it''s #",
  'half a surrogate pair': 'Acme \ud83d Inc.',
  'what JavaScript calls names': 'constructor',
  'only spaces': ' \u00a0\t\u200f ',
} as const

/** A mail in which a name stands wherever customers, or a company’s own staff, can put one. */
export function named(name: string, content: MailContent = warning()): MailContent {
  return {
    ...content,
    account: { ...content.account, name },
    recipient: { name },
    lines: content.lines.map((line) => ({ ...line, name, kind: name, unit: name })),
    sender: { name, postalAddress: `${name}, 1 Example Street` },
  }
}
