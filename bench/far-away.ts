/** A line to a server that is far away: what goes in at one end comes out at the other ONE_WAY_MS later, in its order. */
import { createConnection, createServer, type Socket } from 'node:net'
import { setTimeout } from 'node:timers'

const toPort = Number(process.env.TO_PORT)
const oneWayMs = Number(process.env.ONE_WAY_MS)

function later(deed: () => void): void {
  // The shortest timer takes a millisecond.
  if (oneWayMs === 0) deed()
  else setTimeout(deed, oneWayMs)
}

function carry(from: Socket, to: Socket): void {
  from.on('data', (chunk) => later(() => void (to.writable && to.write(chunk))))
  from.on('end', () => later(() => to.end()))
  from.on('error', () => to.destroy())
}

const server = createServer((near) => {
  const far = createConnection(toPort, '127.0.0.1')
  for (const socket of [near, far]) socket.setNoDelay(true)
  carry(near, far)
  carry(far, near)
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 })
})
process.on('disconnect', () => process.exit())
