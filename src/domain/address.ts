export function isDeliverableAddress(email: string): boolean {
  return /^[^\s@,"'<>()[\]:;\\\p{Cc}]{1,64}@[^\s@,"'<>()[\]:;\\\p{Cc}]+\.[^\s@,"'.<>()[\]:;\\\p{Cc}]+$/u.test(email)
}
export function normaliseAddress(email: string): string {
  return email.trim().toLowerCase()
}
