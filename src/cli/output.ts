import { styleText } from 'node:util'
import { EXIT } from '../errors.ts'
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

/** The same of text that has lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

/** How wide the terminal is that results go to; null where they go elsewhere, or it does not say. */
export function terminalWidth(): number | null {
  return (process.stdout.isTTY && process.stdout.columns) || null
}

/** The lines of a table without the blanks that fill up its last column: on a narrow terminal they would wrap. */
export function withoutTrailingBlanks(text: string): string {
  return text.replace(/ +$/gm, '')
}

/**
 * Ends the program where a stream can take no more, without a stack trace: quietly where a reader has seen enough
 * (`| head`) and closed the pipe; with a line where the result is lost, as on a full disk.
 */
export function endWithoutReader(stream: NodeJS.WriteStream): void {
  stream.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit()
    // Of stderr itself, nothing can be said any more.
    if (stream !== process.stderr) note(`the output cannot be written: ${message}`)
    process.exit(EXIT.needsPerson)
  })
}
