import { join } from 'node:path'

/** The business time of every benchmark: what is due does not depend on the day it is run. */
export const NOW = new Date('2026-11-24T12:00:00Z')

const DAY_MS = 86_400_000

/** The instant so many days from `NOW`. */
export function inDays(days: number): Date {
  return new Date(NOW.getTime() + days * DAY_MS)
}

/** The environment of the program under test: the documented settings, as a company would write them. */
export function environmentFor(setting: Readonly<{ databaseUrl: string; smtpPort?: number; connections?: number }>) {
  return {
    DATABASE_URL: setting.databaseUrl,
    // Where nothing is sent, nobody listens: port 9 is the discard service's.
    SMTP_URL: `smtp://127.0.0.1:${setting.smtpPort ?? 9}`,
    SMTP_MAX_CONNECTIONS: String(setting.connections ?? 5),
    MAIL_FROM: 'Example Billing <billing@example.com>',
    MAIL_POSTAL_ADDRESS: '1 Example Street, Example City',
    PUBLIC_URL: 'https://reminders.example.com',
    LINK_SECRET: 'a secret of the benchmark only',
    CREDIT_REMINDERS_CONFIG: join(import.meta.dirname, 'credit-reminders.yaml'),
    LOG_LEVEL: 'error',
  }
}
