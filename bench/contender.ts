/** What a contender in the delivery benchmark is asked, and answers: how long so many mails took. */
export type RoundOrder = Readonly<{ mails: number }>
/** The pool alone can be given a mail in two forms: its texts and HTML, or the finished source. */
export type PoolOrder = RoundOrder & Readonly<{ as: 'parts' | 'source' }>
export type RoundResult = Readonly<{ seconds: number }>
