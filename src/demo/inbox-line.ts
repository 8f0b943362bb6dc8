const MAX_CHARACTERS = 160

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

/** What mailboxes show beside the subject: the first words of the HTML, which are the preheader, hidden or not. */
export function inboxLine(html: string): string {
  const body = html.replace(/^.*?<body[^>]*>/is, '')
  const text = body
    .replace(/<!--.*?-->|<(style|script)\b.*?<\/\1>/gis, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,6}));/gi, (whole, decimal, hex, name) =>
      name === undefined
        ? character(Number.parseInt(decimal ?? hex, decimal === undefined ? 16 : 10))
        : (ENTITIES[name] ?? whole),
    )
    .replace(/\s+/g, ' ')
    .trim()
  return [...text].slice(0, MAX_CHARACTERS).join('')
}

function character(codePoint: number): string {
  return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : '\ufffd'
}
