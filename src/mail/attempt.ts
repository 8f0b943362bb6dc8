import { UsageError } from '../errors.ts'

/** Turns whatever goes wrong with a file into one line that names it, and the line where Liquid tells one. */
export async function attempt<T>(file: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw placed(file, error)
  }
}

/** What went wrong with a file, with its place. */
export function placed(file: string, error: unknown): UsageError {
  if (error instanceof UsageError) return error
  const { message } = error as Error
  const [, words = message, line] = /^(.*?), line:(\d+)/s.exec(message) ?? []
  const place = line === undefined ? file : `${file}:${line}`
  return new UsageError(`${place}: ${words.replace(/\s+/g, ' ')}`, { cause: error })
}

/**
 * Waits for all, so that every fault can be mended at once.
 *
 * @throws UsageError with the lines of all that were at fault; what is no fault of a file is thrown as it is
 */
export async function together<T extends readonly Promise<unknown>[]>(
  work: readonly [...T],
): Promise<{ -readonly [I in keyof T]: Awaited<T[I]> }> {
  const reasons = (await Promise.allSettled(work)).flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
  const other = reasons.find((reason) => !(reason instanceof UsageError))
  if (other !== undefined) throw other
  if (reasons.length > 0) throw new UsageError(reasons.flatMap(({ lines }: UsageError) => lines))
  return (await Promise.all(work)) as { -readonly [I in keyof T]: Awaited<T[I]> }
}
