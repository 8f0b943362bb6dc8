import { styleText } from 'node:util'
import { UNSAFE_CHARACTERS } from '../mail/plain-text.ts'

type Format = Parameters<typeof styleText>[0]

/** What a terminal would act on, or would turn the direction of. */
const UNPRINTABLE = new RegExp(`[${UNSAFE_CHARACTERS}]`, 'gu')

/** A result, one line, to stdout. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`)
}

/** A result for machines. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2))
}

/** A word to the person at the terminal, to stderr: it is no result. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** The text in a colour or weight where the stream is a terminal (NO_COLOR and FORCE_COLOR respected), else as it is. */
export function style(format: Format, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(format, text, { stream, validateStream: true })
}

/** Text of others (names, replies) made safe to show on a terminal: one line, no control characters. */
export function printable(text: string): string {
  return text.replace(/[\r\n\t]+/g, ' ').replace(UNPRINTABLE, '\ufffd')
}

/** A reader that has seen enough (`| head`) closes the pipe: no reason for a stack trace. */
export function closeQuietlyOnBrokenPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
}
