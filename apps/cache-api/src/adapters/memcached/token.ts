/** A lease's token: the life of the server, the CAS number to be filled, and that of the lease's own item if it has one. */
export function tokenOf(life: string, cas: string, lease?: string): string {
  return [life, cas, ...(lease === undefined ? [] : [lease])].join('/');
}

export function partsOf(token: string): { life: string; cas: string; lease: string | undefined } {
  const [life = '', cas = '', lease] = token.split('/');
  return { life, cas: digitsOf(cas), lease: lease === undefined ? undefined : digitsOf(lease) };
}

/** What is not one of ours holds nothing: CAS numbers begin at 1. */
const digitsOf = (text: string): string => (/^\d{1,20}$/.test(text) ? text : '0');
