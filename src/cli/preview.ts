import { once } from 'node:events'
import { type Command, InvalidArgumentError } from 'commander'
import { openForReading } from '../compose-ledger.ts'
import { openForPreview } from '../compose-mails.ts'
import { type Exhibition, exhibitsOf } from '../gallery/exhibits.ts'
import { galleryPages } from '../gallery/gallery.ts'
import { listen } from '../http/listen.ts'
import { type PreviewedMail, previewSample } from '../jobs/preview.ts'
import { type GrantPreview, previewGrant } from '../jobs/preview-grant.ts'
import { messageSource } from '../mail/source.ts'
import { asOfOption } from './as-of.ts'
import { ending } from './command.ts'
import { withExamples } from './examples.ts'
import { localeOption, requireLanguage } from './locale.ts'
import { hasDisplay, openInBrowser } from './open-in-browser.ts'
import { note, print, printable, style } from './output.ts'
import { onStopSignals } from './stop-signals.ts'
import { watchTemplates } from './watch-templates.ts'
import { writeFiles } from './write-files.ts'

type Options = Readonly<{
  grant?: string
  asOf?: Date
  output?: string
  locale?: string
  port: number
  open: boolean
}>

const MAX_PORT = 65_535

/**
 * `preview`: each of the mails, of a sample or of a real grant: in a gallery in the browser, until it is stopped, or as
 * files. Sends nothing, and writes nothing but the files.
 */
export function define(command: Command): void {
  command
    .option('--grant <id>', 'about this credit grant, instead of a sample')
    .addOption(asOfOption())
    .addOption(localeOption())
    .option('--output <folder>', 'write the mails to files there, instead of showing them')
    .option('--port <number>', 'where the gallery is served on this machine; 0 takes a free one', parsePort, 0)
    .option('--no-open', 'only print the address of the gallery')
    .action(ending(act))
  withExamples(command, [
    ['preview', 'every mail in every language, in the browser'],
    ['preview --grant cg_1 --locale de', 'the mails about one grant, in German'],
    ['preview --output mails', 'write them to files, to look through or to keep'],
  ])
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= MAX_PORT) return Number(text)
  throw new InvalidArgumentError(`It is not a whole number from 0 to ${MAX_PORT}.`)
}

async function act(options: Options): Promise<undefined> {
  await using source = await openSource(options)
  if (options.output === undefined) return showGallery(source.open, options)
  const { mailsIn, language, remarks } = await source.open()
  const mails = await mailsIn(language)
  for (const remark of remarks) note(printable(remark))
  for (const path of await writeFiles(options.output, filesOf(mails))) print(path)
}

/** Each mail as a mail program would show it, as its text, and as it would be sent. */
function filesOf(mails: readonly PreviewedMail[]): Readonly<Record<string, string | Buffer>> {
  const files = mails.flatMap(({ kind, message }) => [
    [`${kind}.html`, message.html],
    [`${kind}.txt`, message.text],
    [`${kind}.eml`, messageSource(message)],
  ])
  return Object.fromEntries(files)
}

type Source = AsyncDisposable & Readonly<{ open: () => Promise<Exhibition> }>

/** What reads settings and templates afresh, each time that it is asked to. */
async function openSource({ grant: grantId, asOf, locale: tag }: Options): Promise<Source> {
  const started = new Date()
  // First what needs no database: its faults are nearer at hand.
  requireLanguage(tag, (await openForPreview()).renderer.locales)
  const reading = grantId === undefined ? null : await openForReading()
  const open = async (): Promise<Exhibition> => {
    const setting = await openForPreview()
    const { renderer } = setting
    const previewIn = async (locale: string | null): Promise<GrantPreview> => {
      if (grantId !== undefined && reading !== null)
        return previewGrant({ ...setting, db: reading.db }, { grantId, asOf: asOf ?? null, locale })
      const inUse = locale ?? setting.sender.rules.locale
      return { mails: previewSample(setting, { asOf: asOf ?? started, locale: inUse }), locale: inUse, remarks: [] }
    }
    // In the reader's own region, as the mails would leave.
    const { mails, locale, remarks } = await previewIn(requireLanguage(tag, renderer.locales))
    const { language } = renderer.wordsFor(locale)
    return {
      languages: renderer.locales,
      language,
      mailsIn: async (asked) => (asked === language ? mails : (await previewIn(asked)).mails),
      images: renderer.images,
      remarks,
    }
  }
  return { open, [Symbol.asyncDispose]: async () => reading?.[Symbol.asyncDispose]() }
}

async function showGallery(open: Source['open'], { port, open: mayOpen }: Options): Promise<undefined> {
  const exhibits = exhibitsOf(await open(), open)
  const stopping = new AbortController()
  using _signals = onStopSignals({ first: () => stopping.abort() })
  using watching = watchTemplates(exhibits.renew)
  for (const folder of watching.unwatched) note(`changes are not noticed in ${folder}: load the page again by hand`)
  const server = await listen(galleryPages(exhibits), { host: '127.0.0.1', port, hint: 'name another --port' })
  print(`The mails, until Ctrl-C:  ${style('bold', server.url)}`)
  if (mayOpen && hasDisplay()) await openInBrowser(server.url)
  if (!stopping.signal.aborted) await once(stopping.signal, 'abort')
  await server.close()
}
