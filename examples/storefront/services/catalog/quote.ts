import { serve } from 'cdk-database-patterns-lambda/service';
import { postgres } from 'cdk-database-patterns-lambda/stores';
import { type Priced, quote } from '../../domain/quote.js';
import { selectPrices } from './sql.js';

// #region serve
const db = postgres();

export const handler = serve(quote, async ({ products }) => {
  const codes = JSON.stringify(products);
  return { prices: await db.query<Priced>(selectPrices, { codes }, { idempotent: true }) };
});
// #endregion
