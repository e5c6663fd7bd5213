import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventSchemas } from '../../../lambdas/contracts/index.js';
import { EventSchemas } from '../../../lib/index.js';
import { newCommands, newShop } from '../support/shop.js';
import { findingsOf, Synthesised, temporaryFolder } from '../support/synthesis.js';
import { product } from './apps/contracts.js';

function file(content: string): string {
  const path = join(temporaryFolder(), 'product.schema.json');
  writeFileSync(path, content);
  return path;
}

describe('the schemas of a service', () => {
  it('are published with the source of its events', () => {
    const shop = newShop();
    newCommands(shop);
    const { catalog } = shop;
    const path = file(JSON.stringify(eventSchemas(product), null, 2));
    // #region publish
    new EventSchemas(catalog, 'Schemas', { files: [path] });
    // #endregion
    const synthesised = new Synthesised(shop.stack);
    expect(synthesised.only('AWS::EventSchemas::Registry').Properties).toMatchObject({ RegistryName: 'catalog' });
    const { Properties = {} } = synthesised.only('AWS::EventSchemas::Schema');
    expect(Properties).toMatchObject({ SchemaName: 'catalog@product', Type: 'OpenApi3' });
    const content = JSON.parse(String(Properties['Content'])) as {
      components: { schemas: Record<string, Record<string, unknown>> };
    };
    expect(content.components.schemas['AWSEvent']).toMatchObject({
      'x-amazon-events-source': 'catalog',
      'x-amazon-events-detail-type': 'product',
    });
    expect(content.components.schemas['PriceSet.v1']).toMatchObject({
      properties: { data: { properties: { pence: { type: 'integer' } } } },
    });
  });

  it('are those of streams that it publishes', () => {
    const shop = newShop();
    new EventSchemas(shop.catalog, 'Schemas', { files: [file(JSON.stringify(eventSchemas(product)))] });
    expect(findingsOf(shop.stack)).toMatch(
      /\[Shop\/Catalog\/Schemas\] .* has the schemas of the stream "product", which Shop\/Catalog does not publish; it publishes none/,
    );
  });

  it('are asked for where they are missing or something else', () => {
    const shop = newShop();
    const texts = [
      '{}',
      'no JSON',
      'null',
      '{"info":{"title":"x"},"components":{}}',
      '{"info":null,"components":null}',
    ];
    new EventSchemas(shop.catalog, 'Schemas', { files: ['no/such.json', ...texts.map(file)] });
    const findings = findingsOf(shop.stack);
    expect(findings).toContain('files has "no/such.json", and there is no');
    expect(findings.match(/has no schemas of a stream/g)).toHaveLength(texts.length);
  });

  it('are given once for each stream', () => {
    const shop = newShop();
    newCommands(shop);
    const [one, two] = [1, 2].map(() => file(JSON.stringify(eventSchemas(product))));
    new EventSchemas(shop.catalog, 'Schemas', { files: [one ?? '', two ?? ''] });
    expect(findingsOf(shop.stack)).toContain(`"${one}" and "${two}" both have the schemas of the stream "product"`);
  });
});
