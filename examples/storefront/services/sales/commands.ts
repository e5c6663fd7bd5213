import { changedState, dynamodbCommand, dynamodbCommands, newState, refusal } from 'cdk-database-patterns-lambda/cqrs';
import * as v from 'valibot';
import { cancellationNumber, invoiceNumber } from '../../domain/ids.js';
import { sale } from '../../domain/sale.js';
import { country, customer, lines, time } from '../../domain/sale-values.js';
import { checkId } from '../ids.js';
import { lastLotsKey, type Lot, lotsKey, lotsOf, newLots } from './lots.js';
import { matchReturn } from './matching.js';

const { SaleRegistered, ReturnRegistered } = sale.events;

const saleCommand = v.strictObject({ customer, country, soldAt: time, lines });
const returnCommand = v.strictObject({ customer, country, returnedAt: time, lines });

// #region handler
export const definitions = {
  // However many lines: one write, and no read.
  RegisterSale: dynamodbCommand(saleCommand, ({ id, data, version }) => {
    checkId(id, invoiceNumber, 'an invoice number: six digits');
    if (version > 0) throw registered(id);
    const { customer, soldAt, lines } = data;
    const events = SaleRegistered(data);
    return customer === null
      ? { events }
      : { events, state: [newState(lotsOf(customer), lotsKey(soldAt, id), newLots(lines))] };
  }),

  // What is left of the customer's sales is no matter of one sale's events, so it is state, and changes with the commit.
  RegisterReturn: dynamodbCommand(returnCommand, async ({ id, data, version, state }) => {
    checkId(id, cancellationNumber, 'the number of a cancellation: C and six digits');
    if (version > 0) throw registered(id);
    const { customer, returnedAt } = data;
    const latestFirst = { to: lastLotsKey(returnedAt), descending: true };
    const sales = customer === null ? [] : await state.query<Lot[]>(lotsOf(customer), latestFirst);
    const { lines, changed } = matchReturn(data.lines, sales);
    return {
      events: ReturnRegistered({ ...data, lines }),
      state: changed.map(({ sold, lots }) => changedState(sold, lots)),
    };
  }),
};

export const handler = dynamodbCommands(sale, definitions);
// #endregion

function registered(id: string) {
  return refusal('registered', `${id} is registered already`);
}
