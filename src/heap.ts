import { setFlagsFromString } from 'node:v8'

/** How much garbage may pile up beside what is in use before it is collected, in hundredths; V8's own measure is up to 300. */
const GROWING_PERCENT = 50

/**
 * Keeps the process small while it pages through much: a page is garbage once it is dealt with, but has lived for long
 * enough that V8 would let hundreds of megabytes of such pages pile up. A few more collections cost a few per cent of
 * the time.
 */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWING_PERCENT}`)
}
