import { InvalidArgumentError, Option } from 'commander'

/** An option that takes a whole number from 1 on. */
export function countOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string) => {
    const number = Number(text)
    if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('give a whole number from 1 on')
    return number
  })
}
