import { encode, wrap } from 'nodemailer/lib/qp'
import type { OutgoingMessage } from './message.ts'

/** A message as nodemailer's composer is given it, whether to be sent or to be looked at. */
export function compositionOf({ text, html, ...rest }: OutgoingMessage): object {
  return { ...rest, alternatives: [encodedPart('text/plain', text), encodedPart('text/html', html)] }
}

/** A part encoded at once: the composer's own streams would encode it in slices, at twice the cost. */
function encodedPart(type: string, text: string): Readonly<{ raw: string }> {
  const headers = `Content-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable`
  return { raw: `${headers}\r\n\r\n${wrap(encode(text))}` }
}
