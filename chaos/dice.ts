import { createHash } from 'node:crypto'

/**
 * Chance that a seed decides, and nothing else: each throw is named by what it is about, so it falls the same whatever
 * was thrown before it, and in whatever order processes come.
 */
export type Dice = Readonly<{
  /** A number in [0, 1). */
  roll: (...about: readonly (string | number)[]) => number
  /** True with a probability. */
  happens: (probability: number, ...about: readonly (string | number)[]) => boolean
  /** A whole number from `least` to `most`. */
  between: (least: number, most: number, ...about: readonly (string | number)[]) => number
  /** One of some things; one that is listed twice comes twice as often. */
  pick: <const T>(things: readonly [T, ...T[]], ...about: readonly (string | number)[]) => T
}>

export function diceOf(seed: number): Dice {
  const roll: Dice['roll'] = (...about) => {
    const digest = createHash('sha256')
      .update([seed, ...about].join('\0'))
      .digest()
    return digest.readUIntBE(0, 6) / 2 ** 48
  }
  return {
    roll,
    happens: (probability, ...about) => roll(...about) < probability,
    between: (least, most, ...about) => least + Math.floor(roll(...about) * (most - least + 1)),
    pick: ([first, ...others], ...about) =>
      [first, ...others][Math.floor(roll(...about) * (others.length + 1))] ?? first,
  }
}
