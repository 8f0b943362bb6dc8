import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '../errors.ts'

const PIECE_BYTES = 1 << 20

/**
 * Lines that come before the document that they are to stand in the middle of, and are too many for memory: they wait in a
 * file, which has no name for others to find it by.
 */
export class Spool implements Disposable {
  readonly #folder: string
  readonly #file: number
  #held = ''
  #lines = 0

  constructor() {
    try {
      this.#folder = mkdtempSync(join(tmpdir(), 'credit-reminders-'))
      this.#file = openSync(join(this.#folder, 'lines'), 'wx+', 0o600)
    } catch (error) {
      throw unwritable(error)
    }
    // Names and addresses of customers: gone with this process, however it ends. Windows removes no open file.
    if (process.platform !== 'win32') rmSync(this.#folder, { recursive: true })
  }

  get lines(): number {
    return this.#lines
  }

  add(line: string): void {
    this.#lines += 1
    this.#held += `${line}\n`
    if (this.#held.length > PIECE_BYTES) this.#write()
  }

  /** All that was added, in pieces that end anywhere. */
  *pieces(): Generator<string> {
    this.#write()
    const decoder = new TextDecoder()
    const buffer = Buffer.alloc(PIECE_BYTES)
    for (let position = 0; ; ) {
      const read = readSync(this.#file, buffer, 0, PIECE_BYTES, position)
      if (read === 0) break
      position += read
      yield decoder.decode(buffer.subarray(0, read), { stream: true })
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #write(): void {
    const bytes = Buffer.from(this.#held)
    this.#held = ''
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at)
    } catch (error) {
      throw unwritable(error)
    }
  }
}

function unwritable(cause: unknown): UsageError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null
  return new UsageError(
    `the folder for temporary files, ${tmpdir()}, cannot be written (${code}); let TMPDIR name one that can`,
    { cause },
  )
}
