import { createHash } from 'node:crypto'
import { failure } from '../errors.ts'
import { logoFrom } from './logo.ts'
import type { Raw } from './html.ts'
import { style } from './style.css.ts'

/** What a shop may make its own. Everything else is what makes the pages readable, and stays. */
export interface Theme {
  /** The colour of buttons and links in light and in dark surroundings, as `#rrggbb`. */
  readonly accent?: { readonly light: string; readonly dark: string }
  /** The roundness of corners in CSS pixels, 0 to 24. Default: 10. */
  readonly radiusPx?: number
  /** Names of fonts, the best first. They must be on the payer's device: none is loaded. */
  readonly fonts?: readonly string[]
  /** The text of an SVG with a viewBox, shown in the place of the brand's name; `currentColor` is readable in light and dark. */
  readonly logo?: string
}

/** The theme once it is checked. */
export interface Look {
  readonly css: string
  /** Named by its content, so that it may be kept for ever and a change is seen at once. */
  readonly stylePath: string
  readonly logo: Raw | undefined
}

/** Whatever text or button stands on: the accent must be readable there (style.css.ts has the same). */
const grounds = {
  light: ['#ffffff', '#f6f8f7', '#edf1ef'],
  dark: ['#171e1c', '#1c2523', '#0d1211'],
} as const
/** WCAG 2.2, success criterion 1.4.3. */
const CONTRAST_MIN = 4.5
const RADIUS_PX_MAX = 24
const FONTS_MAX = 8
const NAMES: readonly string[] = ['accent', 'radiusPx', 'fonts', 'logo'] satisfies (keyof Theme)[]

/** @throws CF_CONFIG naming the token and what is allowed. */
export function lookFrom(theme: Theme = {}): Look {
  if (typeof theme !== 'object' || theme === null) throw wrong('theme', 'must be an object')
  const unknown = Object.keys(theme).find((name) => !NAMES.includes(name))
  if (unknown !== undefined) throw wrong(`theme.${unknown}`, `is not known; there are ${NAMES.join(', ')}`)
  const css = style + accentOf(theme.accent) + shapeOf(theme)
  const name = createHash('sha256').update(css).digest('hex').slice(0, 16)
  return {
    css,
    stylePath: `/assets/${name}.css`,
    logo: theme.logo === undefined ? undefined : logoFrom(theme.logo),
  }
}

function accentOf(accent: Theme['accent']): string {
  if (accent === undefined) return ''
  const light = readable('light', accent.light)
  const dark = readable('dark', accent.dark)
  return `:root { --accent: ${light}; --accent-ink: #fff; }
@media (prefers-color-scheme: dark) { :root { --accent: ${dark}; --accent-ink: #000; } }
`
}

/**
 * The colour is text on every ground of its scheme. On a button it is the ground itself, of white in light and of black
 * in dark, which then holds too: white is the lightest of the light grounds, and black is darker than any.
 */
function readable(scheme: keyof typeof grounds, colour: unknown): string {
  const name = `theme.accent.${scheme}`
  if (typeof colour !== 'string' || !/^#[0-9a-f]{6}$/i.test(colour)) {
    throw wrong(name, 'must be a colour such as #0b5c4b')
  }
  for (const ground of grounds[scheme]) {
    const ratio = contrastOf(colour, ground)
    if (ratio >= CONTRAST_MIN) continue
    const found = (Math.floor(ratio * 100) / 100).toFixed(2)
    throw wrong(
      name,
      `is ${colour}, which has a contrast of ${found}:1 on ${ground}; text needs ${CONTRAST_MIN}:1, so it must be ${scheme === 'light' ? 'darker' : 'lighter'}`,
    )
  }
  return colour
}

function shapeOf({ radiusPx, fonts }: Theme): string {
  const tokens: string[] = []
  if (radiusPx !== undefined) {
    if (typeof radiusPx !== 'number' || !(radiusPx >= 0 && radiusPx <= RADIUS_PX_MAX)) {
      throw wrong('theme.radiusPx', `must be a number from 0 to ${RADIUS_PX_MAX}`)
    }
    tokens.push(`--radius: ${radiusPx}px;`)
  }
  if (fonts !== undefined) {
    const isList = Array.isArray(fonts) && fonts.length > 0 && fonts.length <= FONTS_MAX
    if (
      !isList ||
      !fonts.every((font) => typeof font === 'string' && /^[\p{L}\p{N}][\p{L}\p{N} _-]{0,59}$/u.test(font))
    ) {
      throw wrong(
        'theme.fonts',
        `must be 1 to ${FONTS_MAX} names of fonts, such as ['Inter', 'Helvetica Neue']`,
      )
    }
    tokens.push(`--font: ${fonts.map((font) => `"${font}"`).join(', ')}, system-ui, sans-serif;`)
  }
  return tokens.length === 0 ? '' : `:root { ${tokens.join(' ')} }\n`
}

/** WCAG's contrast ratio of two colours, 1 to 21. */
export function contrastOf(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminanceOf(one), luminanceOf(other)].toSorted((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

function luminanceOf(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function wrong(name: string, rule: string): Error {
  return failure('CF_CONFIG', `http(cf, { theme }): ${name} ${rule}`)
}
