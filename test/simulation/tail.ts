/**
 * The end of a database's log that no standby has yet. A commit that was acknowledged has reached the standby, and with
 * it all that was written before; what nobody was told of may be lost when the standby takes over (F8).
 */
export class Tail {
  #undos: (() => void)[] = []
  #mayFail = false

  /** From now on a failover may come: what is written and not acknowledged is at risk. */
  mayFail(): void {
    this.#mayFail = true
  }

  wrote(undo: () => void, isSafe: boolean): void {
    if (isSafe) this.#undos = []
    else if (this.#mayFail) this.#undos.push(undo)
  }

  /** The standby takes over. Answers how many commits are lost. */
  failOver(): number {
    const lost = this.#undos
    this.#undos = []
    this.#mayFail = false
    for (const undo of lost.toReversed()) undo()
    return lost.length
  }
}
