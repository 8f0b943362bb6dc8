/** What a contender in the delivery benchmark is asked, and answers: how long so many mails took. */
export type RoundOrder = Readonly<{ mails: number }>
export type RoundResult = Readonly<{ seconds: number }>
