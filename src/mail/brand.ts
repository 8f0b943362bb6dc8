import type { Logo } from './content.ts'
import type { InlineImage } from './inline-image.ts'
import { DEFAULT_THEME, type Theme } from './theme.ts'

/** What is a company's own in the look of its mails. */
export type Brand = Readonly<{
  theme: Theme
  logo: Readonly<{ shown: Logo; image: InlineImage }> | null
  /** Null: what the setting says. */
  postalAddress: string | null
}>

export const NO_BRAND: Brand = { theme: DEFAULT_THEME, logo: null, postalAddress: null }
