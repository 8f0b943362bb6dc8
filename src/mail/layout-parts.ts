import type { MailView } from './view.ts'

/** What the law, or a reader who is to understand, needs to be in a mail, by the names of its values. */
const NEEDED_IN_BOTH = [
  'testNotice',
  'senderName',
  'heading',
  'intro',
  'more',
  'todo',
  'billingUrl',
  'why',
  'unsubscribeUrl',
  'postalAddress',
] as const
const NEEDED_IN_HTML = [...NEEDED_IN_BOTH, 'subject', 'preheader', 'action', 'stop'] as const
const NEEDED_OF_LISTS = { lines: ['amount', 'name', 'until'], totals: ['amount'], notes: ['words'] } as const

/** No writer of a layout has such a thing in it, and no filter changes it. */
const mark = (index: number) => `\u27e6${index}\u27e7`

type Layout = Readonly<{
  write: (view: MailView) => string
  form: 'html' | 'text'
  /** Whether there is a logo to be placed. */
  hasLogo: boolean
}>

/**
 * The parts that a company's layout does not place: each as it would be written, `{{ line.amount }}`. They are looked for
 * in what the layout writes, so that a name behind a condition that never holds does not count.
 *
 * @param views one of each mail, with all that a mail can have
 */
export function partsMissing({ write, form, hasLogo }: Layout, views: readonly MailView[]): readonly string[] {
  const missing = views.flatMap((view) => {
    const { marked, parts } = markedView(view, form)
    const written = write(marked)
    const unplaced = [...parts].filter(([part]) => !written.includes(part)).map(([, name]) => `{{ ${name} }}`)
    if (form === 'text') return unplaced
    return [
      ...unplaced,
      ...ofDocument(written, marked),
      ...(hasLogo && !written.includes(`cid:${marked.logoCid}`) ? ['cid:{{ logoCid }}'] : []),
    ]
  })
  return [...new Set(missing)]
}

/** A view whose every needed value is one of its own, and what each stands for. */
function markedView(
  view: MailView,
  form: Layout['form'],
): Readonly<{ marked: MailView; parts: ReadonlyMap<string, string> }> {
  const parts = new Map<string, string>()
  const marker = (name: string, before = '') => {
    const part = `${before}${mark(parts.size)}`
    parts.set(part, name)
    return part
  }
  const needed = form === 'html' ? NEEDED_IN_HTML : NEEDED_IN_BOTH
  const values = needed.map((name) => [name, marker(name, name.endsWith('Url') ? 'https://example.com/' : '')])
  const lists = Object.entries(NEEDED_OF_LISTS).map(([list, names]) => {
    const [first] = view[list as keyof typeof NEEDED_OF_LISTS]
    const item = Object.fromEntries(names.map((name) => [name, marker(`${list.slice(0, -1)}.${name}`)]))
    return [list, [{ ...first, ...item }]]
  })
  // A language that nobody has written for: it cannot stand in the layout by itself.
  const marked = { ...view, lang: 'qaa', logoCid: 'logo@example.com', ...Object.fromEntries([...values, ...lists]) }
  return { marked, parts }
}

/** What programs that read a mail out go by. */
function ofDocument(html: string, { dir, subject }: MailView): readonly string[] {
  const [root = ''] = /<html\b[^>]*>/i.exec(html) ?? []
  const title = /<title>([^<]*)<\/title>/i.exec(html)?.[1] ?? ''
  return [
    ...(/\slang=["']?qaa\b/.test(root) ? [] : ['<html lang="{{ lang }}">']),
    ...(new RegExp(`\\sdir=["']?${dir}\\b`).test(root) ? [] : ['<html dir="{{ dir }}">']),
    ...(title.includes(subject) ? [] : ['<title>{{ subject }}</title>']),
  ]
}
