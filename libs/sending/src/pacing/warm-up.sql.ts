/** SQL of the domain of an address, as `domainOf` reads it; `address` is SQL too. */
export function domainSql(address: string): string {
  return `lower(split_part(${address}, '@', -1))`;
}
