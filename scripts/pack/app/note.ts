import { stream, v1 } from 'cdk-database-patterns-lambda/cqrs';
import * as z from 'zod';

export const noted = z.object({ text: z.string().min(1) });

/** What is said about a note. */
export const note = stream('note', { Noted: v1(noted) });
