import { Html, html } from './html.ts'

/**
 * One small drawing per product, in two inks: `currentColor` for lines, the class `tint` for areas. They are part of
 * the page, so nothing is loaded for them.
 */
const DRAWINGS: Readonly<Record<string, string>> = {
  book: '<rect class="tint" x="14" y="34" width="92" height="52" rx="3"/><path d="M14 34h92v52H14zM40 34v52" stroke-dasharray="none"/><path d="M40 34v52" stroke="var(--paper)" stroke-width="4" stroke-dasharray="1 6"/><path d="M50 48h44M50 60h30M50 72h38M20 48h14M20 60h10"/>',
  pen: '<path class="tint" d="M22 98l10-30 46-46 20 20-46 46z"/><path d="M22 98l10-30 46-46 20 20-46 46zM32 68l20 20M22 98l18-18M70 30l20 20"/><circle cx="42" cy="78" r="4"/>',
  ink: '<path class="tint" d="M30 58h60v36a6 6 0 0 1-6 6H36a6 6 0 0 1-6-6z"/><path d="M44 38h32v10l14 10v36a6 6 0 0 1-6 6H36a6 6 0 0 1-6-6V58l14-10zM42 24h36v14H42zM40 72h40v16H40z"/>',
  wax: '<circle class="tint" cx="60" cy="66" r="32"/><path d="M60 32c8-4 14 6 22 8s14 12 10 20 4 18-4 24-12 14-22 14-20 4-28-4-14-12-12-22-4-18 4-26 20-10 30-14z"/><circle cx="60" cy="66" r="20"/><path d="M52 76l8-22 8 22M55 69h10"/>',
  stamps:
    '<path class="tint" d="M24 26h72v70H24z"/><path d="M24 26h72v70H24z" stroke-dasharray="3 6" stroke-width="6"/><path d="M34 36h52v50H34z"/><path d="M34 76l16-18 12 12 10-10 14 16"/><circle cx="72" cy="48" r="5"/>',
  rubber:
    '<path class="tint" d="M26 78h68v14H26z"/><path d="M26 78h68v14H26zM34 78c0-14 18-12 18-22V44h16v12c0 10 18 8 18 22"/><circle cx="60" cy="32" r="12"/><path d="M30 102h60"/>',
  ledger:
    '<path class="tint" d="M24 20h64a8 8 0 0 1 8 8v64a8 8 0 0 1-8 8H24z"/><path d="M24 20h64a8 8 0 0 1 8 8v64a8 8 0 0 1-8 8H24zM36 20v80M48 40h36M48 52h36M48 64h36M48 76h36M70 34v48"/>',
  clip: '<path class="tint" d="M40 36a12 12 0 0 1 24 0v44a6 6 0 0 1-12 0V44H40z"/><path d="M76 40v42a18 18 0 0 1-36 0V36a12 12 0 0 1 24 0v44a6 6 0 0 1-12 0V44"/>',
}

const BLANK = '<path class="tint" d="M24 24h72v72H24z"/><path d="M24 24h72v72H24z"/>'

/** Decoration: the product's name always stands beside it. */
export function picture(name: string): Html {
  const drawing = new Html(Object.hasOwn(DRAWINGS, name) ? (DRAWINGS[name] ?? BLANK) : BLANK)
  return html`<svg class="picture" viewBox="0 0 120 120" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" stroke-linejoin="round">${drawing}</svg>`
}
