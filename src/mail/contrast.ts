import { TEXT_ON_GROUND, type Theme } from './theme.ts'

/** WCAG 2.2, 1.4.3, level AA: of text of any size. */
const MIN_CONTRAST = 4.5

/** The contrast of two colours written `#rrggbb`, from 1 to 21 (WCAG 2.2, "contrast ratio"). */
function contrastOf(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminanceOf(one), luminanceOf(other)].toSorted((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

/** WCAG 2.2, "relative luminance". */
function luminanceOf(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** A line for each text of a theme that is hard to read on its ground: which colours, in which surroundings, how little. */
export function faintTexts(theme: Theme): readonly string[] {
  return (['light', 'dark'] as const).flatMap((shade) =>
    TEXT_ON_GROUND.flatMap(([text, ground]) => {
      const [ofText, ofGround] = [theme[text][shade], theme[ground][shade]]
      const contrast = contrastOf(ofText, ofGround)
      if (contrast >= MIN_CONTRAST) return []
      // Rounded down: 4.49 is not enough, and must not read as if it were.
      const shown = (Math.floor(contrast * 100) / 100).toFixed(2)
      return [`${text} (${ofText}) on ${ground} (${ofGround}), in the ${shade}, has a contrast of ${shown} to 1`]
    }),
  )
}
