import { expect } from 'vitest'
import { type CliResult, startCli } from './cli.ts'
import { type Company, SECRETS } from './company.ts'

/** `start` as a company runs it. */
export type Service = AsyncDisposable &
  Readonly<{
    /** Where it serves HTTP. */
    url: string
    /** Resolves when it has said so in its log. */
    said: (text: RegExp) => Promise<string>
    kill: (signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL') => void
    /** Resolves when it has ended, after its log was looked through for what belongs in none. */
    ended: () => Promise<CliResult>
  }>

/** Starts the service with the most talkative log, and waits until it serves. */
export async function startService(company: Company, env: Readonly<Record<string, string>> = {}): Promise<Service> {
  const cli = startCli(['start'], { LOG_LEVEL: 'trace', ...company.env, ...env })
  const url = await cli.said(/"url":"([^"]+)","schedule":.*"started"/)
  const ended = async () => {
    const result = await cli.result
    expectDiscreet(result)
    return result
  }
  return {
    url,
    said: cli.said,
    kill: (signal) => void cli.process.kill(signal),
    ended,
    [Symbol.asyncDispose]: async () => {
      cli.process.kill('SIGKILL')
      await cli.result
    },
  }
}

/** No address, secret, link token or stack trace in what the program said. */
export function expectDiscreet({ stdout, stderr }: CliResult): void {
  const said = stdout + stderr
  for (const secret of Object.values(SECRETS)) {
    expect(said).not.toContain(secret)
    expect(said).not.toContain(encodeURIComponent(secret))
  }
  expect(said).not.toMatch(/[^*\s"<]@(?:example\.com|acme\.example)/)
  expect(said).not.toContain('/unsubscribe/')
  expect(said).not.toMatch(/^ {4}at /m)
}
