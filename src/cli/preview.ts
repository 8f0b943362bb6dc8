import { mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { openForReading } from '../compose-ledger.ts'
import { openForPreview } from '../compose-mails.ts'
import { UsageError } from '../errors.ts'
import { type PreviewedMail, previewSample } from '../jobs/preview.ts'
import { previewGrant } from '../jobs/preview-grant.ts'
import { messageSource } from '../mail/source.ts'
import { asOfOption } from './as-of.ts'
import { ending } from './command.ts'
import { localeOption, requireLanguage } from './locale.ts'
import { note, print, printable } from './output.ts'

type Options = Readonly<{ grant?: string; asOf?: Date; output: string; locale?: string }>

/** `preview`: each of the mails as files, of a sample or of a real grant. Sends nothing, and writes nothing but the files. */
export function define(command: Command): void {
  command
    .option('--grant <id>', 'about this credit grant, instead of a sample')
    .addOption(asOfOption())
    .option('--output <folder>', 'where to put the files', 'preview')
    .addOption(localeOption())
    .action(ending(act))
}

async function act(options: Options): Promise<undefined> {
  for (const path of await writeFiles(options.output, await mailsFor(options))) print(path)
}

async function mailsFor({ grant: grantId, asOf, locale: tag }: Options): Promise<readonly PreviewedMail[]> {
  const setting = await openForPreview()
  const locale = requireLanguage(tag, setting.renderer.locales)
  if (grantId === undefined) return previewSample(setting, { asOf: asOf ?? new Date(), locale })
  await using reading = await openForReading()
  const { mails, remarks } = await previewGrant({ ...setting, db: reading.db }, { grantId, asOf: asOf ?? null, locale })
  for (const remark of remarks) note(printable(remark))
  return mails
}

/** Returns their paths. */
async function writeFiles(folder: string, mails: readonly PreviewedMail[]): Promise<readonly string[]> {
  const paths: string[] = []
  try {
    await makeFolder(folder)
    for (const { kind, message } of mails) {
      const contents = { html: message.html, txt: message.text, eml: messageSource(message) }
      for (const [extension, content] of Object.entries(contents)) {
        const path = join(folder, `${kind}.${extension}`)
        await writeFile(path, content)
        paths.push(path)
      }
    }
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error && 'code' in error)) throw error
    throw new UsageError(`--output ${folder} cannot be written to (${error.code}); name a folder that can`, {
      cause: error,
    })
  }
  return paths
}

/** Makes a folder and those that it lies in. Node's own way of it (`recursive`) tries for ever below `/proc`. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error
    await makeFolder(dirname(folder))
    await mkdir(folder)
  }
}
