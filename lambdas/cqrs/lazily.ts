/** A value that is made when it is first asked for. What could not be made is made by the next one who asks. */
export function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return async () => {
    if (made === undefined) {
      const fresh = make();
      made = fresh;
      fresh.catch(() => {
        if (made === fresh) made = undefined;
      });
    }
    return made;
  };
}
