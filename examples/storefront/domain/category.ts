import categories from '../data/categories.json' with { type: 'json' };

/** The category of what has none of the words. */
export const OTHER = 'other';

/** Every category of the shop, in the order in which they are tried. */
export const categoryNames: readonly string[] = [...categories.map(({ category }) => category), OTHER];

/**
 * The category of a product, from the words of its description: rule 8 in `data/README.md`.
 *
 * @example
 * categoryOf('WHITE METAL LANTERN'); // 'lanterns'
 */
export function categoryOf(description: string): string {
  const words = new Set(
    description
      .toUpperCase()
      .replace(/[-']/g, '')
      .match(/[A-Z]+/g),
  );
  const found = categories.find((one) => one.words.some((word) => words.has(word) || words.has(`${word}S`)));
  return found?.category ?? OTHER;
}
