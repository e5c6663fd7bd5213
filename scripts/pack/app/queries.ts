import { entityView, notFound, queries } from 'cdk-database-patterns-lambda/cqrs';

const view = entityView<{ readonly id: string; readonly text: string }>('note');

export const handler = queries({
  'GET /notes/{id}': async ({ params, after }) => {
    const found = await view.get(params.id, { after });
    if (!found) throw notFound(`note ${params.id}`);
    return found;
  },
});
