/**
 * A function that remembers its latest results by a key. Of those, no more than `most` are kept: keys come from rows,
 * which may hold anything, and memory must not grow with them.
 */
export function remembering<Args extends readonly unknown[], Result>(
  most: number,
  keyOf: (...args: Args) => string,
  make: (...args: Args) => Result,
): (...args: Args) => Result {
  const results = new Map<string, Result>()
  return (...args) => {
    const key = keyOf(...args)
    const known = results.get(key)
    if (known !== undefined) return known
    const result = make(...args)
    for (const [oldest] of results) {
      if (results.size < most) break
      results.delete(oldest)
    }
    results.set(key, result)
    return result
  }
}
