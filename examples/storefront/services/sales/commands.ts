import { command, commands } from 'cdk-database-patterns-lambda/cqrs';
import { sql } from 'cdk-database-patterns-lambda/stores';
import * as z from 'zod';
import { cancellationNumber, invoiceNumber } from '../../domain/ids.js';
import { sale } from '../../domain/sale.js';
import { country, customer, lines, time } from '../../domain/values.js';
import { checkId } from '../ids.js';
import { numbered } from './lines.js';
import { registerReturn } from './returns.js';
import { insertSale, insertSaleLines } from './sql.js';

const { SaleRegistered, ReturnRegistered } = sale.events;

const saleCommand = z.strictObject({ customer, country, soldAt: time, lines });
const returnCommand = z.strictObject({ customer, country, returnedAt: time, lines });

export const definitions = {
  // However many lines: one call to the database.
  RegisterSale: command(saleCommand, ({ id, data }) => {
    checkId(id, invoiceNumber, 'an invoice number: six digits');
    const values = { invoice: id, customer: data.customer, country: data.country, time: data.soldAt };
    return {
      statements: [sql(insertSale, values), sql(insertSaleLines, { invoice: id, lines: numbered(data.lines) })],
      events: [SaleRegistered(data)],
    };
  }),

  RegisterReturn: command(returnCommand, async ({ tx, id, data }) => {
    checkId(id, cancellationNumber, 'the number of a cancellation: C and six digits');
    const values = { invoice: id, customer: data.customer, country: data.country, time: data.returnedAt };
    return ReturnRegistered({ ...data, lines: await registerReturn(tx, values, data.lines) });
  }),
};

export const handler = commands(sale, definitions);
