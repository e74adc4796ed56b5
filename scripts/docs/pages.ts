import { apiPage } from './api-page.ts'
import { errorsPage } from './errors-page.ts'
import { openapiDocument } from './openapi.ts'
import { statesPage } from './states-page.ts'
import { stepsPage } from './steps-page.ts'

/** A page that is made from the code, so that it cannot say anything else. */
export interface GeneratedPage {
  readonly path: string
  make(): string
}

/** Every generated page; `npm run docs` writes them. */
export const generatedPages: readonly GeneratedPage[] = [
  { path: 'docs/reference/errors.md', make: errorsPage },
  { path: 'docs/reference/states.md', make: statesPage },
  { path: 'docs/reference/steps.md', make: stepsPage },
  { path: 'docs/reference/api.md', make: apiPage },
  { path: 'docs/reference/openapi.json', make: openapiDocument },
]
