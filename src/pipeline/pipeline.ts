import { failure } from '../errors.ts'
import type { Step } from './step.ts'

/**
 * An ordered list of named steps: an immutable value. Every edit answers a new pipeline; an unknown name is an
 * error that lists the names there are, and where TypeScript knows the names it does not compile.
 *
 * @example
 * pipeline(checkOrder, charge).insertBefore('charge', scoreRisk).names // ['check-order', 'score-risk', 'charge']
 */
export class Pipeline<Names extends string = string> {
  readonly steps: readonly Step[]

  constructor(steps: readonly Step[]) {
    const names = new Set<string>()
    for (const { name } of steps) {
      if (names.has(name)) throw failure('CF_PIPELINE', `the step '${name}' stands in the pipeline twice`)
      names.add(name)
    }
    this.steps = Object.freeze([...steps])
    Object.freeze(this)
  }

  get names(): readonly Names[] {
    return this.steps.map((step) => step.name as Names)
  }

  prepend<Name extends string>(step: Step<Name>): Pipeline<Names | Name> {
    return new Pipeline([step, ...this.steps])
  }

  append<Name extends string>(step: Step<Name>): Pipeline<Names | Name> {
    return new Pipeline([...this.steps, step])
  }

  insertBefore<Name extends string>(name: Names, step: Step<Name>): Pipeline<Names | Name> {
    return new Pipeline(this.steps.toSpliced(this.#indexOf(name), 0, step))
  }

  insertAfter<Name extends string>(name: Names, step: Step<Name>): Pipeline<Names | Name> {
    return new Pipeline(this.steps.toSpliced(this.#indexOf(name) + 1, 0, step))
  }

  replace<Old extends Names, Name extends string>(
    name: Old,
    step: Step<Name>,
  ): Pipeline<Exclude<Names, Old> | Name> {
    return new Pipeline(this.steps.toSpliced(this.#indexOf(name), 1, step))
  }

  remove<Old extends Names>(name: Old): Pipeline<Exclude<Names, Old>> {
    return new Pipeline(this.steps.toSpliced(this.#indexOf(name), 1))
  }

  /** Moves a step to stand before or after another one. */
  move(name: Names, to: { readonly before: Names } | { readonly after: Names }): Pipeline<Names> {
    const step = this.steps[this.#indexOf(name)] as Step
    const without = new Pipeline(this.steps.toSpliced(this.#indexOf(name), 1))
    const moved = 'before' in to ? without.insertBefore(to.before, step) : without.insertAfter(to.after, step)
    return new Pipeline<Names>(moved.steps)
  }

  #indexOf(name: string): number {
    const index = this.steps.findIndex((step) => step.name === name)
    if (index === -1) {
      const names = this.steps.map((step) => step.name).join(', ')
      throw failure(
        'CF_PIPELINE',
        `there is no step '${name}'; the steps are: ${names === '' ? '(none)' : names}`,
      )
    }
    return index
  }
}

/** A pipeline of these steps, in this order. */
export function pipeline<const Steps extends readonly Step[]>(
  ...steps: Steps
): Pipeline<Steps[number]['name']> {
  return new Pipeline(steps)
}
