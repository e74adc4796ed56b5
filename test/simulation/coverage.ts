import { type FaultCounts, type FaultName, faultNames, noFaults } from './faults.ts'

/** How often each fault struck, in how many seeds, and in how many seeds each two were met together. */
export class Coverage {
  readonly struck: FaultCounts = noFaults()
  readonly seeds: FaultCounts = noFaults()
  readonly #pairs: number[] = Array.from({ length: faultNames.length ** 2 }, () => 0)

  /** What one seed met. */
  add(struck: FaultCounts): void {
    const met: number[] = []
    for (const [index, name] of faultNames.entries()) {
      if (struck[name] === 0) continue
      this.struck[name] += struck[name]
      this.seeds[name]++
      for (const other of met) this.#count(other * faultNames.length + index, 1)
      met.push(index)
    }
  }

  /** What another thread has counted. */
  join({ struck, seeds, pairs }: CoverageCounts): void {
    for (const name of faultNames) {
      this.struck[name] += struck[name]
      this.seeds[name] += seeds[name]
    }
    for (const [index, count] of pairs.entries()) this.#count(index, count)
  }

  #count(index: number, count: number): void {
    this.#pairs[index] = (this.#pairs[index] ?? 0) + count
  }

  counts(): CoverageCounts {
    return { struck: this.struck, seeds: this.seeds, pairs: this.#pairs }
  }

  neverMet(): FaultName[] {
    return faultNames.filter((name) => this.struck[name] === 0)
  }

  /** Each two faults, with the number of seeds that met both. */
  *pairs(): Generator<{ readonly pair: string; readonly seeds: number }> {
    for (const [index, first] of faultNames.entries()) {
      for (let other = index + 1; other < faultNames.length; other++) {
        const seeds = this.#pairs[index * faultNames.length + other] ?? 0
        yield { pair: `${first} + ${faultNames[other]}`, seeds }
      }
    }
  }
}

/** The counts alone, as one thread sends them to another. */
export interface CoverageCounts {
  readonly struck: FaultCounts
  readonly seeds: FaultCounts
  readonly pairs: readonly number[]
}
