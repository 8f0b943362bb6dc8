const formats = new Map<string, Intl.DateTimeFormat>()

/**
 * What the clocks of a zone show at an instant, in milliseconds as if it were UTC. Asked of Intl alone, and not of the
 * program's own arithmetic, so that the one can be held against the other.
 */
export function wallClockMs(instant: Date, zone: string): number {
  const format = formats.get(zone) ?? formatFor(zone)
  const parts = format.formatToParts(instant)
  const of = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((part) => part.type === type)?.value)
  const subSecondMs = ((instant.getTime() % 1000) + 1000) % 1000
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second')) + subSecondMs
}

function formatFor(zone: string): Intl.DateTimeFormat {
  const date = { year: 'numeric', month: 'numeric', day: 'numeric' } as const
  const time = { hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' } as const
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, calendar: 'gregory', ...date, ...time })
  formats.set(zone, format)
  return format
}
