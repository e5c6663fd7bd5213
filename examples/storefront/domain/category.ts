import categories from '../data/categories.json' with { type: 'json' };

/** The category of what has none of the words. */
export const OTHER = 'other';

const wordsOf = Object.entries(categories).map(([category, words]) => [category, words.split(' ')] as const);

/** Every category of the shop, in the order in which they are tried. */
export const categoryNames: readonly string[] = [...Object.keys(categories), OTHER];

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
  const has = (word: string): boolean => words.has(word) || words.has(`${word}S`);
  return wordsOf.find(([, some]) => some.some(has))?.[0] ?? OTHER;
}
