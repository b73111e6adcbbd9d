/** AWS has not told everything, so that what it has told is not to be used. */
export class Incomplete extends Error {
  override readonly name = 'Incomplete';
}

/** All pages of a listing. Throws Incomplete where one leads back to itself: the rest would be missing. */
export async function* pagesOf<Page extends { NextToken?: string | undefined }>(
  what: string,
  fetch: (token: string | undefined) => Promise<Page>,
): AsyncGenerator<Page> {
  const seen = new Set<string>();
  let token: string | undefined;
  do {
    const page = await fetch(token);
    yield page;
    token = page.NextToken === '' ? undefined : page.NextToken;
    if (token !== undefined && seen.has(token))
      throw new Incomplete(`${what} gave the same page token twice`);
    if (token !== undefined) seen.add(token);
  } while (token !== undefined);
}
