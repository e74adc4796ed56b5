import { Random as Seeded } from '../../demo/random.ts'

/** The demo's seeded numbers, with what a run draws beside them: the same seed plays the same run. */
export class Random extends Seeded {
  constructor(seed: number) {
    super(seed)
    for (let index = 0; index < 4; index++) this.next()
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count)
    // Four of each number that is drawn.
    let drawn = 0
    for (let index = 0; index < count; index++) {
      if (index % 4 === 0) drawn = this.next() * 2 ** 32
      bytes[index] = drawn >>> ((index % 4) * 8)
    }
    return bytes
  }

  /** Another stream of numbers, so that one part of a run can draw without moving another part's draws. */
  fork(): Random {
    return new Random(Math.floor(this.next() * 2 ** 32))
  }
}
