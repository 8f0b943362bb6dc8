/** What a mail may not hold, wherever it stands in a layout, and why. */
const FORBIDDEN: readonly (readonly [pattern: RegExp, words: (match: string) => string])[] = [
  [
    /<(?:script|form|input|button|select|textarea|iframe|frame|object|embed|applet|link|base|audio|video|svg|canvas)\b/gi,
    (tag) => `holds ${tag.toLowerCase()}>, which mails do without: programs drop it, or distrust the mail`,
  ],
  [/<meta[^>]+http-equiv\s*=\s*["']?refresh/gi, () => 'holds a page that reloads itself'],
  [/(?<=<[a-z][^<>]*)\s(on[a-z]{3,})\s*=/gi, (name) => `holds a script (${name.trim().replace(/\s*=.*$/, '')})`],
  [/\burl\s*\(/gi, () => 'holds url(: a mail fetches nothing'],
  [/@import\b/gi, () => 'holds @import: a mail fetches nothing'],
  [/@font-face\b/gi, () => 'holds @font-face: a mail fetches nothing'],
  // The names of XML are no addresses, and nobody fetches them.
  [/\bhttp:\/\/(?!www\.w3\.org\/)[^\s"'<>]*/gi, (url) => `links to ${url}: only https is allowed`],
  [/\b(?:javascript|vbscript|data):(?=\S)/gi, (scheme) => `holds an address by ${scheme}`],
]

const ATTRIBUTE = /\s(href|src|srcset|background|poster|action)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/gi

/** Values that are addresses; all others are words, and a name in them may hold anything. */
const LINK =
  /^(?:https:\/\/[^\s{]+|mailto:[^\s{]+|tel:[^\s{]+|#[\w-]*|\{\{-?\s*(?:billingUrl|unsubscribeUrl)\s*-?\}\})$/i
const BROUGHT_ALONG = /^cid:\{\{-?\s*logoCid\s*-?\}\}$/

/**
 * What a company's layout in HTML holds that no mail may: a line each, with the line that it stands in.
 *
 * @param file names the file in faults
 */
export function htmlFaults(source: string, file: string): readonly string[] {
  const attributes = [...source.matchAll(ATTRIBUTE)].flatMap((match) => {
    const [, name = '', quoted, single, bare] = match
    const fault = attributeFault(name.toLowerCase(), (quoted ?? single ?? bare ?? '').trim())
    return fault === null ? [] : [{ at: match.index, words: fault }]
  })
  const others = FORBIDDEN.flatMap(([pattern, wordsFor]) =>
    [...source.matchAll(pattern)].map((match) => ({ at: match.index, words: wordsFor(match[0]) })),
  )
  return inOrder([...attributes, ...others], { source, file })
}

/** The same of a layout in text, or of phrases, where an address is all that can be wrong. */
export function textFaults(source: string, file: string): readonly string[] {
  const links = [...source.matchAll(/\bhttp:\/\/[^\s"'\\<>]*/gi)]
  return inOrder(
    links.map((match) => ({ at: match.index, words: `links to ${match[0]}: only https is allowed` })),
    { source, file },
  )
}

function attributeFault(name: string, value: string): string | null {
  if (name === 'href') {
    // That is told of the scheme.
    if (LINK.test(value) || /^(?:http|javascript|vbscript|data):/i.test(value)) return null
    return `links to ${value}: a link is an https address, {{ billingUrl }} or {{ unsubscribeUrl }}`
  }
  if (name === 'action') return 'holds a form'
  return BROUGHT_ALONG.test(value)
    ? null
    : `shows ${value}: a mail brings along its logo (cid:{{ logoCid }}), and fetches nothing`
}

type Fault = Readonly<{ at: number; words: string }>

function inOrder(
  faults: readonly Fault[],
  { source, file }: Readonly<{ source: string; file: string }>,
): readonly string[] {
  const lines = faults
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, words }) => {
      // An attribute is found from the space before it, which may be the end of the line above.
      const start = at + (/^\s*/.exec(source.slice(at))?.[0].length ?? 0)
      return `${file}:${source.slice(0, start).split('\n').length}: ${words}`
    })
  return [...new Set(lines)]
}
