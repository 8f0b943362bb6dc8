import { describe, expect, it } from 'vitest'
import { createLogger, safeError } from '../src/logger.ts'
import { maskAddress, maskText } from '../src/mask.ts'

function logged(write: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = []
  write(createLogger({ level: 'info', format: 'json' }, { write: (line) => lines.push(line) }))
  return lines.join('')
}

describe('the log', () => {
  it('holds no address, in whatever field it hides', () => {
    const text = logged((logger) => {
      logger.info(
        { to: 'ana@example.com', deep: { list: ["Bob <bob.o'hara+x@example.com>", { x: 'zoë@exämple.de' }] } },
        'to carl@example.com',
      )
      logger.error({ err: new Error('550 <dora@example.com>: unknown') }, 'refused')
      logger.info('first line\nemil@example.com')
    })
    expect(text).not.toMatch(/ana@|hara|zoë|carl@|dora@|emil@/)
    expect(text).toContain('***@example.com')
    for (const line of text.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow()
  })

  it('holds no password', () => {
    const text = logged((logger) => {
      logger.info({ password: 'hunter2', smtp: { pass: 'hunter2' }, LINK_SECRET: 'hunter2' })
      logger.info({ linkSecrets: ['hunter2'], bounces: { earlierSecrets: ['hunter2'] } })
      logger.error({ err: new Error('cannot reach postgresql://app:hunter2@db/x and smtps://u@v:hunter2@mail') })
    })
    expect(text).not.toContain('hunter2')
    expect(text).toContain('@db/x')
  })

  it('holds no password of an error, or of whatever stands under a secret’s name', () => {
    const text = logged((logger) => {
      logger.info({ smtp: { pass: 'hunter2', host: 'relay' } })
      logger.error({ err: Object.assign(new Error('it is said why'), { password: 'hunter2' }) })
      logger.info({ token: { of: 'hunter2' }, wrapped: Object.assign(new Error('other'), { secret: 'hunter2' }) })
    })
    expect(text).not.toContain('hunter2')
    expect(text).toContain('relay')
    expect(text).toContain('it is said why')
  })
})

describe('safeError', () => {
  it('tells type, code and one line of message', () => {
    const error = Object.assign(new TypeError('no route\n  to ana@example.com'), { code: 'EHOST' })
    expect(safeError(error)).toEqual({ type: 'TypeError', message: 'no route to ***@example.com', code: 'EHOST' })
  })

  it('tells what a plain object says, as the queue reports its errors', () => {
    const reported = { message: 'Connection terminated by ana@example.com', code: '57P01', queue: 'deliver' }
    expect(safeError(reported)).toEqual({
      type: 'object',
      message: 'Connection terminated by ***@example.com',
      code: '57P01',
    })
    expect(logged((logger) => logger.error({ err: reported }, 'queue'))).toContain('Connection terminated')
  })

  it('keeps only the words of what OpenSSL says', () => {
    const noise =
      'write EPROTO 40BD89400B7F0000:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../deps/openssl/openssl/ssl/record/methods/tlsany_meth.c:77:\n'
    expect(safeError(new Error(noise)).message).toBe('write EPROTO wrong version number')
  })

  it('takes what is no error at all', () => {
    expect(safeError('down')).toEqual({ type: 'string', message: 'down' })
    expect(safeError(undefined)).toEqual({ type: 'undefined', message: 'undefined' })
  })
})

describe('masking', () => {
  it('leaves an address that its owner recognises', () => {
    expect(maskAddress('ana@example.com')).toBe('a***@example.com')
    expect(maskAddress('nothing')).toBe('***')
  })

  it('keeps other text as it is', () => {
    const text = 'sweep 2026-11-24T09:15Z: 3 mails @ 10/s, path C:\\new, https://example.com/a?b=c'
    expect(maskText(text)).toBe(text)
  })

  it('is quick on long text without an end', () => {
    const started = performance.now()
    maskText('a'.repeat(200_000))
    maskText('://'.repeat(50_000))
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
