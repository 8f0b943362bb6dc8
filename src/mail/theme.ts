/** A colour in light and in dark surroundings, as CSS writes it: `#0969da`. */
export type Shades = Readonly<{ light: string; dark: string }>

/**
 * The colours of the mails. A layout places them by their names, `[[ink]]`, and those of the dark as `[[ink-dark]]`: no
 * colour stands in it twice under two meanings.
 */
export const DEFAULT_THEME = {
  /** Behind everything, and behind the footer. */
  page: { light: '#f3f5f7', dark: '#0d1117' },
  /** Behind what the mail says. */
  card: { light: '#ffffff', dark: '#161b22' },
  ink: { light: '#1f2328', dark: '#e6edf3' },
  /** Of what matters less: whence credits came, the footer. */
  soft: { light: '#57606a', dark: '#9da7b3' },
  /** Between lines of the table, beside notes. */
  line: { light: '#d8dee4', dark: '#30363d' },
  /** The button, and the bar at the top of a warning. */
  accent: { light: '#0969da', dark: '#79b8ff' },
  accentText: { light: '#ffffff', dark: '#0d1117' },
  /** The bar and the days left of a last warning. */
  urgent: { light: '#9a6700', dark: '#e3b341' },
  /** The bar of good news. */
  good: { light: '#1a7f37', dark: '#56d364' },
} as const satisfies Readonly<Record<string, Shades>>

export type ColorName = keyof typeof DEFAULT_THEME
export type Theme = Readonly<Record<ColorName, Shades>>

/** What text is written in, on what ground: each pair must be told apart (WCAG 2.2, 1.4.3: 4.5 to 1). */
export const TEXT_ON_GROUND: readonly (readonly [text: ColorName, ground: ColorName])[] = [
  ['ink', 'card'],
  ['soft', 'card'],
  ['soft', 'page'],
  ['urgent', 'card'],
  ['accentText', 'accent'],
]

const COLOR = /\[\[([a-zA-Z]+)(-dark)?\]\]/g

/**
 * A layout with the colours of a theme in the places of their names.
 *
 * @throws Error naming a colour that no theme has, with its line as Liquid tells it
 */
export function themed(layout: string, theme: Theme): string {
  return layout.replace(COLOR, (place: string, name: string, dark: string | undefined, at: number) => {
    if (Object.hasOwn(theme, name)) return theme[name as ColorName][dark === undefined ? 'light' : 'dark']
    throw new Error(`unknown colour: ${place}, line:${layout.slice(0, at).split('\n').length}`)
  })
}
