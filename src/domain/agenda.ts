/** Who is to be looked at when: accounts by their place, at instants in ms since 1970. */
export class Agenda {
  readonly #times: number[] = []
  readonly #places = new Map<number, Set<number>>()

  /** Once for each place and time, however often it is added. */
  add(timeMs: number, place: number): void {
    const known = this.#places.get(timeMs)
    if (known !== undefined) {
      known.add(place)
      return
    }
    this.#places.set(timeMs, new Set([place]))
    this.#times.splice(this.#placeOf(timeMs), 0, timeMs)
  }

  /** Takes the earliest time with all its places, in their order; null where nothing is left. */
  next(): Readonly<{ timeMs: number; places: readonly number[] }> | null {
    const timeMs = this.#times.pop()
    if (timeMs === undefined) return null
    const places = this.#places.get(timeMs) ?? []
    this.#places.delete(timeMs)
    return { timeMs, places: [...places].sort((a, b) => a - b) }
  }

  /** The latest comes first, so that the next one is taken from the end. */
  #placeOf(timeMs: number): number {
    let low = 0
    let high = this.#times.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#times[middle] ?? 0) > timeMs) low = middle + 1
      else high = middle
    }
    return low
  }
}
