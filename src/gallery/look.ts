import { MAIL_KINDS, type MailKind } from '../mail/content.ts'

export const SCHEMES = ['light', 'dark'] as const
export type Scheme = (typeof SCHEMES)[number]

/** How wide a mail is shown, in pixels of CSS. */
export const WIDTHS_PX = { phone: 375, desktop: 700 } as const
export type Width = keyof typeof WIDTHS_PX
const WIDTHS = Object.keys(WIDTHS_PX) as Width[]

/** Which mail is looked at, and how. */
export type Look = Readonly<{ mail: MailKind; language: string; scheme: Scheme; width: Width }>

type Asked = Readonly<Record<string, string>>

/** What an address asks for; where it asks for nothing, or for nothing that there is, the first of each. */
export function lookOf(
  asked: Asked,
  { languages, language }: Readonly<{ languages: readonly string[]; language: string }>,
): Look {
  return {
    mail: oneOf(MAIL_KINDS, asked.mail),
    language: languages.find((each) => each === asked.language) ?? language,
    scheme: oneOf(SCHEMES, asked.scheme),
    width: oneOf(WIDTHS, asked.width),
  }
}

/** The address that asks for it. */
export function addressOf(look: Look, page = '/'): string {
  return `${page}?${new URLSearchParams(look)}`
}

function oneOf<T extends string>(known: readonly [T, ...T[]] | readonly T[], asked: string | undefined): T {
  return known.find((each) => each === asked) ?? (known[0] as T)
}
