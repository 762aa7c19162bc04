/** What a bar is made of. */
export interface Glyphs {
  readonly full: string
  readonly empty: string
}

/** For terminals that show Unicode. */
export const blocks: Glyphs = { full: "█", empty: "░" }

/** For all others. */
export const ascii: Glyphs = { full: "#", empty: "." }

/** A bar of a width, full to a part between 0 and 1. It is empty at 0 alone, and full at 1 alone. */
export const bar = (part: number, width: number, glyphs: Glyphs): string => {
  const full = part <= 0 ? 0 : part >= 1 ? width : Math.min(width - 1, Math.max(1, Math.round(part * width)))
  return glyphs.full.repeat(Math.max(0, full)) + glyphs.empty.repeat(Math.max(0, width - full))
}
