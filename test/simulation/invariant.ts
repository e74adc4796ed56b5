/** A run that broke a promise: which one, and what was seen. */
export class Violation extends Error {
  readonly invariant: string

  constructor(invariant: string, text: string) {
    super(`${invariant}: ${text}`)
    this.name = 'Violation'
    this.invariant = invariant
  }
}
