/** Makes a thing when it is first asked for, and then never again. */
export function onFirstUse<Result>(make: () => Result): () => Result {
  let made: Readonly<{ result: Result }> | undefined
  return () => {
    made ??= { result: make() }
    return made.result
  }
}

/**
 * A function that remembers its latest results by a key. Of those, no more than `most` are kept: keys come from rows,
 * which may hold anything, and memory must not grow with them.
 */
export function remembering<Args extends readonly unknown[], Result>(
  most: number,
  keyOf: (...args: Args) => string,
  make: (...args: Args) => Result,
): (...args: Args) => Result {
  // Two halves, of which the older goes as a whole: what is asked for again moves over, and nothing is searched for.
  let recent = new Map<string, Result>()
  let older: ReadonlyMap<string, Result> = new Map()
  return (...args) => {
    const key = keyOf(...args)
    const known = recent.get(key)
    if (known !== undefined) return known
    const result = older.get(key) ?? make(...args)
    if (recent.size >= most / 2) {
      older = recent
      recent = new Map()
    }
    recent.set(key, result)
    return result
  }
}
