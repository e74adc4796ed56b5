import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

interface Replacement {
  /** Under src/. */
  readonly file: string
  readonly from: string
  readonly to: string
}

export interface Mutation {
  readonly name: string
  readonly replacements: readonly Replacement[]
  /** A mistake of the PSP instead of ours. */
  readonly pspWithoutDedup: boolean
}

function ours(name: string, ...replacements: readonly Replacement[]): Mutation {
  return { name, replacements, pspWithoutDedup: false }
}

/**
 * Protocol mistakes, made on purpose: the simulation must find each. A replacement that does not apply exactly once
 * is an error, so that none of them rots; src knows none of them.
 */
const mutations: readonly Mutation[] = []

export const mutationNames: readonly string[] = mutations.map((mutation) => mutation.name)

/** Makes every import of a mutated file see the mistake. Call it before anything of src is imported. */
export function applyMutation(name: string): Mutation {
  const mutation = mutations.find((candidate) => candidate.name === name)
  if (mutation === undefined)
    throw new Error(`there is no mutation '${name}'; there are ${mutationNames.join(', ')}`)
  const root = new URL('../../src/', import.meta.url)
  const mutated = new Map<string, string>()
  for (const { file, from, to } of mutation.replacements) {
    const url = new URL(file, root).href
    const source = mutated.get(url) ?? readFileSync(fileURLToPath(url), 'utf8')
    const count = source.split(from).length - 1
    if (count !== 1) throw new Error(`mutation '${name}' applies ${count} times in ${file}, not once`)
    mutated.set(
      url,
      source.replace(from, () => to),
    )
  }
  registerHooks({
    load(url, context, nextLoad) {
      const source = mutated.get(url)
      return source === undefined
        ? nextLoad(url, context)
        : { format: 'module-typescript', source, shortCircuit: true }
    },
  })
  return mutation
}
