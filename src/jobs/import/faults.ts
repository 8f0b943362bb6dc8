/** What is wrong at one place of a file, and what to write instead. */
export type Fault = Readonly<{
  /** From 1 on; null where it is the file's as a whole. */
  line: number | null
  column: string | null
  words: string
}>

/** Takes what is found; reading goes on. */
export type Report = (fault: Fault) => void

/** The rest of a file cannot be read, or it would be for nothing. */
export class UnreadableFile extends Error {
  readonly faults: readonly Fault[]

  constructor(faults: readonly Fault[], options?: ErrorOptions) {
    super('a file cannot be read on', options)
    this.faults = faults
  }
}

/** One line about one place. */
export function unreadable(line: number | null, words: string): UnreadableFile {
  return new UnreadableFile([{ line, column: null, words }])
}

/** More would not be read; "and N more" says how many there are. */
export const MAX_SHOWN = 20

type PlacedFault = Fault & Readonly<{ file: number }>

/** Counts all faults of all files, and keeps the first of each kind: a million of them must not fill the memory. */
export class FaultList {
  readonly #kept: PlacedFault[] = []
  #total = 0

  get total(): number {
    return this.#total
  }

  /** What one file reports, by its number. */
  reportFor(file: number): Report {
    let kept = 0
    return (fault) => {
      this.#total += 1
      if (kept++ < MAX_SHOWN) this.#kept.push({ ...fault, file })
    }
  }

  /** What was found in all files at once: the first ones, and how many there are. */
  addFound({ faults, total }: Readonly<{ faults: readonly PlacedFault[]; total: number }>): void {
    this.#total += total
    this.#kept.push(...faults.slice(0, MAX_SHOWN))
  }

  /** The first ones in the order of the files, one a line, and how many there are beyond them. */
  lines(names: readonly string[]): readonly string[] {
    const first = this.#kept
      .toSorted((a, b) => a.file - b.file || (a.line ?? 0) - (b.line ?? 0))
      .slice(0, MAX_SHOWN)
      .map(({ file, line, column, words }) => {
        const place = line === null ? names[file] : `${names[file]}:${line}`
        return `${place}: ${column === null ? '' : `${column}: `}${words}`
      })
    const more = this.#total - first.length
    return more > 0 ? [...first, `and ${more} more`] : first
  }
}
