/** A product's code: five digits and up to two letters, or DCGS and four digits; upper case. */
export const productCode = /^(?:\d{5}[A-Z]{0,2}|DCGS\d{4})$/;

/** An invoice's number: six digits. */
export const invoiceNumber = /^\d{6}$/;

/** A cancellation's number: C and six digits. */
export const cancellationNumber = /^C\d{6}$/;
